// Runs command lines at the same time, prints what each has said when it is done, and fails if one of them does.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

async function run(line: string): Promise<boolean> {
  const startedAt = performance.now()
  const child = spawn(`exec 2>&1\n${line}`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [said, code] = await Promise.all([text(child.stdout), ended])
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`${said}${code === 0 ? 'passed' : 'FAILED'}: ${line} (${seconds} s)\n`)
  return code === 0
}

const passed = await Promise.all(process.argv.slice(2).map(run))
if (passed.length === 0) throw new Error('Give the command lines to run')
if (passed.includes(false)) process.exitCode = 1
