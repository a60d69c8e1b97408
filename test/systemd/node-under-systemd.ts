import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../src/lab/index.ts'
import { secret } from '../support/command.ts'
import type { TemporaryFolder } from '../support/folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const starter = fileURLToPath(new URL('private-systemd.sh', import.meta.url))

/** Longest a script may take, ms. */
const LIMIT_MS = 80_000

/** Why no systemd can be started here; undefined where it can, and then says which. */
export function whyNoSystemd(files: string): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'this needs root'
  const tried = spawnSync('bash', [starter, files, 'systemctl', '--version'], { encoding: 'utf8', timeout: 20_000 })
  if (tried.status !== 0) return `systemd does not start in namespaces here: ${tried.stderr.trim()}`
  console.log(`      under ${tried.stdout.split('\n')[0] ?? ''}`)
  return undefined
}

/** A machine: what is copied over the root before its systemd starts. */
export class Machine {
  readonly #files: TemporaryFolder

  constructor(files: TemporaryFolder) {
    this.#files = files
  }

  /** Puts a file there; the path is the machine's. */
  file(path: string, text: string, mode = 0o644): void {
    const to = this.#files.file(path.slice(1))
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, text, { mode })
  }

  /** The units as they ship, and the program. */
  installed(program: string): void {
    cpSync(join(root, 'systemd'), this.#files.file('usr/lib/systemd/system'), {
      recursive: true,
      filter: (path) => !path.endsWith('.md') && !path.endsWith('examples'),
    })
    const to = this.#files.file('usr/bin/certlet')
    mkdirSync(dirname(to), { recursive: true })
    try {
      linkSync(program, to)
    } catch {
      copyFileSync(program, to)
    }
    chmodSync(to, 0o755)
  }

  /** One of systemd/examples as a drop-in of a unit. */
  dropIn(example: string, unit: string): void {
    const to = this.#files.file(`etc/systemd/system/${unit}.d/${example}`)
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(root, 'systemd/examples', example), to)
  }

  /** The token of a lab, where the units look for it. */
  token(lab: Lab, path = '/etc/kubernetes/bootstrap-kubelet.conf'): void {
    secret(lab.token)
    this.file(path, lab.bootstrapKubeconfig(), 0o600)
  }

  /**
   * Runs a script under a systemd of its own.
   * @param onLine - told of each line that the script prints, while it runs.
   * @returns what it printed. @throws Error with all of it when the exit code is not 0.
   */
  run(script: string, onLine: (line: string) => void = () => undefined): Promise<string> {
    this.file('/script', `set -Eeuo pipefail\n${HELPERS}\n${script}`)
    const child = spawn('bash', [starter, this.#files.path, 'bash', '/script'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    })
    let printed = ''
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLine)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code) => {
        if (code === 0) resolve(printed)
        else reject(new Error(`the script ended with ${String(code)}:\n${printed}`))
      })
    })
  }
}

/** For the scripts. `fails` tells where and shows the journal. */
const HELPERS = `
trap 'echo "FAILED: line $LINENO: $BASH_COMMAND"; systemctl list-units --all "certlet*" kubelet.service --no-pager; journalctl -o cat --no-pager -u "certlet*" -n 40' ERR
shown() { systemctl show "$1" -p "$2" --value; }
# until_is UNIT PROPERTY PATTERN: waits until it is so, at most 40 s.
until_is() {
  for _ in $(seq 400); do
    [[ "$(shown "$1" "$2")" =~ $3 ]] && return 0
    sleep 0.1
  done
  echo "$1: $2 is \\"$(shown "$1" "$2")\\", not $3"
  return 1
}
`
