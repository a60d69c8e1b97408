import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { CertletError } from '../errors.ts'
import { type Lab, type LabEvent, type LabOptions, ObjectError, startLab } from '../lab/index.ts'
import type { Page } from '../lab/page/serve-page.ts'
import type { Log } from '../log.ts'
import { replacePassingFile } from '../store/replace-file.ts'
import { auditFile } from './audit-file.ts'
import { columns } from './columns.ts'
import { countOf, logOf, textOf } from './common-flags.ts'
import { labOptionsOf } from './lab-options.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/**
 * Under load nearly all that a request leaves behind is garbage: in a young generation that grows by more than twofold, it is thrown away
 * before it is moved. Said once the lab is ready, since a flag that changes makes V8 refuse the code that Node.js has ready compiled.
 */
const YOUNG_GENERATION = '--semi-space-growth-factor=4'

/** `certlet lab`: runs until it is interrupted. @returns the exit code. @throws CertletError USAGE */
export async function runLab(flags: Flags, world: World): Promise<number> {
  const log = logOf(flags, world)
  const options = labOptionsOf(flags)
  log.warn('the lab is for tests: its CA and its decisions are nobody’s but yours')
  if (!isLoopback(options.host ?? '127.0.0.1')) {
    log.warn('others on the network can reach the lab: it is no API server for a real cluster', { host: options.host })
  }
  using audit = auditFile(textOf(flags, 'audit-log'))
  await using lab = await start({ ...options, clock: world.clock, ...(audit && { onAudit: audit.write }) })
  for (const notice of lab.notices) log.warn(notice)
  if (flags['request-log'] === true) void logRequests(lab.events(world.signal), log)
  const dir = folderOf(flags)
  const admin = join(dir, 'admin.conf')
  const bootstrap = join(dir, 'bootstrap-kubelet.conf')
  replacePassingFile(admin, lab.adminKubeconfig(), 0o600)
  replacePassingFile(bootstrap, lab.bootstrapKubeconfig(), 0o600)
  replacePassingFile(join(dir, 'controller-manager.conf'), lab.controllerManagerKubeconfig(), 0o600)
  replacePassingFile(join(dir, 'scheduler.conf'), lab.schedulerKubeconfig(), 0o600)
  await using page = flags['ui'] === true ? await openPage(lab, flags, { dir, world }) : undefined
  world.stdout.write(
    columns([
      ['address', lab.url],
      ...(page ? [['page', page.url] as const] : []),
      ['administrator', admin],
      ['bootstrap', bootstrap],
      [
        'try',
        `certlet bootstrap --bootstrap-kubeconfig ${bootstrap} --kubeconfig ${dir}/kubelet.conf --cert-dir ${dir}/pki`,
      ],
      ['', `kubectl --kubeconfig ${admin} get csr`],
    ]),
  )
  const { setFlagsFromString } = await import('node:v8') // not before the lab is ready: it takes a while to load
  setFlagsFromString(YOUNG_GENERATION)
  await new Promise((stopped) => {
    world.signal.addEventListener('abort', stopped)
    if (world.signal.aborted) stopped(undefined)
  })
  return 0
}

/** The lab's page, and a file that always has a link that was not used yet. */
async function openPage(lab: Lab, flags: Flags, { dir, world }: { dir: string; world: World }): Promise<Page> {
  const { servePage } = await import('../lab/page/serve-page.ts')
  const port = countOf(flags, 'ui-port', 0)
  const keep = (link: string): void => {
    replacePassingFile(join(dir, 'page-link'), `${link}\n`, 0o600)
  }
  try {
    const page = await servePage(lab, { clock: world.clock, port, onLink: keep })
    keep(page.url)
    return page
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new CertletError('USAGE', `--ui-port ${port} is taken`)
  }
}

/** One line for each request: who, what, and what came of it. */
async function logRequests(events: AsyncIterable<LabEvent>, log: Log): Promise<void> {
  for await (const event of events) {
    if (event.kind !== 'request') continue
    const { user, verb, resource, name, path, status, ms, faults } = event
    const object = resource && name ? `${resource}/${name}` : resource
    const what = object || path
    log.info('request', { user, verb, what, status, ms, ...(faults.length > 0 && { faults }) })
  }
}

async function start(options: LabOptions): ReturnType<typeof startLab> {
  try {
    return await startLab(options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new CertletError('USAGE', `Port ${String(options.port)} is taken`)
    if (error instanceof ObjectError) throw new CertletError('USAGE', `Cannot use --load: ${error.message}`)
    if (error instanceof TypeError) throw new CertletError('USAGE', `Cannot start the lab: ${error.message}`)
    if (code !== undefined && /^E[A-Z]+$/.test(code))
      throw new CertletError('USAGE', `Cannot start the lab: ${(error as Error).message}`)
    throw error
  }
}

function folderOf(flags: Flags): string {
  const dir = textOf(flags, 'dir')
  if (dir === undefined) return mkdtempSync(join(tmpdir(), 'certlet-lab-'))
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return resolve(dir)
}

/** Whether only this machine can reach an address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')
}
