// The main job, shown: a lab, a bootstrap kubeconfig, the real command as its own process, and what came of it.
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLab } from '../src/lab/index.ts'
import { bundle } from './build.ts'

const NODE = 'worker-1'
const keep = process.argv.includes('--keep')
const folder = mkdtempSync(join(tmpdir(), 'certlet-demo-'))
const at = (name: string): string => join(folder, name)

const title = (text: string): void => {
  console.log(`\n${text}`)
}
const line = (label: string, value: string): void => {
  console.log(`  ${label.padEnd(12)} ${value}`)
}

await bundle()
const lab = await startLab({ approveServing: true })
writeFileSync(at('bootstrap-kubelet.conf'), lab.bootstrapKubeconfig(), { mode: 0o600 })
writeFileSync(at('admin.conf'), lab.adminKubeconfig(), { mode: 0o600 })

title('A lab: an API server for certificates, in this process')
line('address', lab.url)
line('token', `${lab.token.slice(0, 6)}.… in ${at('bootstrap-kubelet.conf')}`)

const command = [
  'bootstrap',
  '--bootstrap-kubeconfig',
  at('bootstrap-kubelet.conf'),
  '--kubeconfig',
  at('kubelet.conf'),
]
command.push('--cert-dir', at('pki'), '--hostname-override', NODE, '--serving', '--node-ip', '192.0.2.10')
title(`certlet ${command.slice(0, 1).join(' ')} --hostname-override ${NODE} --serving --node-ip 192.0.2.10 …`)
const startedAt = performance.now()
const code = await run(command)
console.log(`  exit code ${code} after ${Math.round(performance.now() - startedAt)} ms`)

if (code === 0) {
  await showRequests()
  showCertificate('client', 'kubelet-client-current.pem')
  showCertificate('serving', 'kubelet-server-current.pem')
  showFiles()
  title('The token')
  line(
    'file',
    existsSync(at('bootstrap-kubelet.conf'))
      ? 'still there'
      : 'gone, after the API server had accepted the new credential',
  )
}

if (keep && code === 0) {
  title('Look further (Ctrl-C ends the lab and removes the folder)')
  console.log(`  kubectl --kubeconfig ${at('admin.conf')} get csr`)
  console.log(`  kubectl --kubeconfig ${at('kubelet.conf')} auth whoami`)
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
  })
} else {
  title('Look further: npm run demo -- --keep leaves the lab running for kubectl')
}
await lab.close()
rmSync(folder, { recursive: true })
process.exitCode = code

/** Runs the command as a process of its own; its lines are shown as they come. */
function run(args: string[]): Promise<number> {
  const bin = fileURLToPath(new URL('../bin/certlet.js', import.meta.url))
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => process.stdout.write(text.replace(/^(?=.)/gm, '  | ')))
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => {
      resolve(status ?? 1)
    })
  })
}

interface Request {
  metadata: { name: string }
  spec: { signerName: string; username: string }
  status: { conditions?: { type: string; reason: string; message: string }[] }
}

async function showRequests(): Promise<void> {
  title('The requests, as the API server holds them')
  const { body } = await lab.admin('GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests')
  for (const { metadata, spec, status } of (body as { items: Request[] }).items) {
    line('name', metadata.name)
    line('  signer', spec.signerName)
    line('  made by', spec.username)
    for (const { type, reason, message } of status.conditions ?? [])
      line(`  ${type.toLowerCase()}`, `${reason}: ${message}`)
  }
}

function showCertificate(purpose: string, link: string): void {
  const { subject, issuer, subjectAltName, validFrom, validTo } = new X509Certificate(readFileSync(at(`pki/${link}`)))
  title(`The ${purpose} certificate`)
  line('subject', subject.replaceAll('\n', ', '))
  line('issuer', issuer.replaceAll('\n', ', '))
  line('names', subjectAltName ?? 'none')
  line('valid', `${validFrom} to ${validTo}`)
}

function showFiles(): void {
  title('The files')
  for (const name of ['kubelet.conf', ...readdirSync(at('pki')).map((file) => `pki/${file}`)]) {
    const found = lstatSync(at(name))
    const mode = found.isSymbolicLink() ? 'link' : (found.mode & 0o777).toString(8).padStart(4, '0')
    line(mode, found.isSymbolicLink() ? `${name} → ${readlinkSync(at(name)).slice(folder.length + 1)}` : name)
  }
}
