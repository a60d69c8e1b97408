import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from './support/folder.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)
const bin = (name: string): string => `${root}node_modules/.bin/${name}`

const USE = `
import { type Fault, type LabEvent, startLab } from 'certlet/lab'
const faults: Fault[] = [{ fault: 'status', code: 429 }]
// @ts-expect-error
const wrong: Fault = { fault: 'status', code: 200 }
await using lab = await startLab({ faults: [...faults, wrong], approve: 'none' })
for await (const event of lab.events()) console.log(event satisfies LabEvent)
// @ts-expect-error
lab.setApproval({ mode: 'perhaps' })
`

describe('the package that ships', function () {
  this.timeout(120_000)
  const project = temporaryFolder()

  /** A project that has installed the packed package; everything else comes from this repository, so that no network is needed. */
  async function install(): Promise<void> {
    await run(process.execPath, [bin('tsc'), '-p', 'tsconfig.types.json'], { cwd: root })
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project.path], { cwd: root })
    const archive = readdirSync(project.path).find((name) => name.endsWith('.tgz')) ?? ''
    mkdirSync(project.file('node_modules/certlet'), { recursive: true })
    const extract = ['-xzf', project.file(archive), '-C', project.file('node_modules/certlet'), '--strip-components=1']
    await run('tar', extract)
    for (const name of readdirSync(`${root}node_modules`).filter((one) => !one.startsWith('.')))
      symlinkSync(`${root}node_modules/${name}`, project.file(join('node_modules', name)))
    for (const name of ['approver.ts', 'approver.test.ts'])
      copyFileSync(`${root}examples/lab/${name}`, project.file(name))
    writeFileSync(project.file('package.json'), '{ "type": "module" }')
  }

  it('gives another project the lab as a library, with its types', async () => {
    await install()
    const { stdout } = await run(process.execPath, [bin('mocha'), 'approver.test.ts'], { cwd: project.path })
    assert.match(stdout, /3 passing/)
    // Types alone, those of the package included; @ts-expect-error fails where there is no error.
    writeFileSync(project.file('use.ts'), USE)
    const compilerOptions = {
      ...{ target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext', types: ['node'] },
      ...{ strict: true, noEmit: true, skipLibCheck: false },
    }
    writeFileSync(project.file('tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
    await run(process.execPath, [bin('tsc'), '-p', '.'], { cwd: project.path }).catch((error: unknown) => {
      assert.fail((error as { stdout: string }).stdout)
    })
  })
})
