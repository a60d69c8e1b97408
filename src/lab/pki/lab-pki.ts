import {
  administratorPurpose,
  apiServerPurpose,
  type Authority,
  createAuthority,
  issue,
  type KeyPair,
} from './authority.ts'
import { loadOrCreatePki } from './pki-folder.ts'

/** What the API server's certificate calls this machine. */
const HOST_NAME = 'certlet-lab'

/**
 * The keys and certificates of a lab.
 * @param dir - where they are kept; undefined for new ones in memory.
 */
export async function labPki(
  dir: string | undefined,
  now: Date,
): Promise<{ ca: Authority; apiServer: KeyPair; administrator: KeyPair }> {
  if (dir !== undefined) return loadOrCreatePki(dir, { now, hostName: HOST_NAME })
  const ca = await createAuthority('kubernetes', now)
  const [apiServer, administrator] = await Promise.all([
    issue(ca, apiServerPurpose(HOST_NAME), { now }),
    issue(ca, administratorPurpose, { now }),
  ])
  return { ca, apiServer, administrator }
}
