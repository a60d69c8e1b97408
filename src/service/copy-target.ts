import { readFileSync } from 'node:fs'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import type { Owner } from '../store/replace-file.ts'

/** Where a pair is copied to for a program that cannot read the kubelet's files. */
export interface CopyTarget {
  readonly purpose: Purpose
  /** Absolute; with `split` the files are `<path>.crt` and `<path>.key`. */
  readonly path: string
  readonly owner: Owner
  readonly mode: number
  readonly split: boolean
}

const HINT = 'write it as client=/path:owner:group:mode or serving=/path:owner:group:mode:split, mode in octal'

/**
 * Reads a `--copy`: `client=/path:owner:group:mode[:split]`. Owner and group are names or numbers; empty ones are this process's.
 * @throws CertletError USAGE
 */
export function copyTarget(text: string, self: Owner, accounts: Accounts = systemAccounts): CopyTarget {
  const refuse = (why: string, hint = HINT): never => {
    throw new CertletError('USAGE', `--copy "${text}": ${why}`, { hint })
  }
  const parts = /^(client|serving)=(\/[^:]*[^:/]):([^:]*):([^:]*):(0?[0-7]{3})(:split)?$/.exec(text)
  if (!parts) return refuse('it is not a purpose, an absolute path, an owner, a group and a mode')
  const [, purpose, path = '', user = '', group = '', digits = '', split] = parts
  const mode = Number.parseInt(digits, 8)
  if ((mode & 0o007) !== 0) {
    return refuse('the mode would let every user read the private key', 'let a group read it: 0640')
  }
  const uid = user === '' ? self.uid : (idOf(user, accounts.passwd) ?? refuse(`there is no user "${user}"`))
  const gid = group === '' ? self.gid : (idOf(group, accounts.group) ?? refuse(`there is no group "${group}"`))
  return { purpose: purpose as Purpose, path, owner: { uid, gid }, mode, split: split !== undefined }
}

/** The texts of the two files in which this machine's users and groups stand. */
export interface Accounts {
  readonly passwd: () => string
  readonly group: () => string
}

export const systemAccounts: Accounts = {
  passwd: () => readFileSync('/etc/passwd', 'utf8'),
  group: () => readFileSync('/etc/group', 'utf8'),
}

/** Both files have the name first and the number third. Source: passwd(5), group(5). */
function idOf(text: string, file: () => string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  const fields = file()
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === text)
  return fields?.[2] === undefined ? undefined : Number(fields[2])
}
