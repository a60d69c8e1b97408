import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CertletError } from '../errors.ts'
import { type LabOptions, startLab } from '../lab/index.ts'
import { replaceFile } from '../store/replace-file.ts'
import { columns } from './columns.ts'
import { logOf, textOf } from './common-flags.ts'
import { labOptionsOf } from './lab-options.ts'
import type { Flags } from './main.ts'
import type { World } from './world.ts'

/** `certlet lab`: runs until it is interrupted. @returns the exit code. @throws CertletError USAGE */
export async function runLab(flags: Flags, world: World): Promise<number> {
  const log = logOf(flags, world)
  log.warn('the lab is for tests: its CA and its decisions are nobody’s but yours')
  await using lab = await start({ ...labOptionsOf(flags), clock: world.clock })
  const dir = folderOf(flags)
  const admin = join(dir, 'admin.conf')
  const bootstrap = join(dir, 'bootstrap-kubelet.conf')
  replaceFile(admin, lab.adminKubeconfig(), 0o600)
  replaceFile(bootstrap, lab.bootstrapKubeconfig(), 0o600)
  world.stdout.write(
    columns([
      ['address', lab.url],
      ['administrator', admin],
      ['bootstrap', bootstrap],
      [
        'try',
        `certlet bootstrap --bootstrap-kubeconfig ${bootstrap} --kubeconfig ${dir}/kubelet.conf --cert-dir ${dir}/pki`,
      ],
      ['', `kubectl --kubeconfig ${admin} get csr`],
    ]),
  )
  await new Promise((stopped) => {
    world.signal.addEventListener('abort', stopped)
    if (world.signal.aborted) stopped(undefined)
  })
  return 0
}

async function start(options: LabOptions): ReturnType<typeof startLab> {
  try {
    return await startLab(options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new CertletError('USAGE', `Port ${String(options.port)} is taken`)
    if (error instanceof TypeError && options.pkiDir !== undefined) {
      throw new CertletError('USAGE', `Cannot use --pki-dir: ${error.message}`)
    }
    if (error instanceof TypeError && options.token !== undefined)
      throw new CertletError('TOKEN_MALFORMED', `Cannot use --token: ${error.message}`)
    throw error
  }
}

function folderOf(flags: Flags): string {
  const dir = textOf(flags, 'dir')
  if (dir === undefined) return mkdtempSync(join(tmpdir(), 'certlet-lab-'))
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return resolve(dir)
}
