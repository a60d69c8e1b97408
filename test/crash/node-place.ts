import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { SIGNER_NAMES } from '../../src/csr/constants.ts'
import { parseKeyPair } from '../../src/identity/key-pair.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { type Lab, type SigningSettings, startLab } from '../../src/lab/index.ts'
import { readPair } from '../../src/store/pair.ts'
import { csrs, secret } from '../support/command.ts'
import { type FolderImage, imageOf, makeFolder } from '../support/folder-image.ts'
import { inProcess } from '../support/in-process.ts'
import { send } from '../support/lab-client.ts'
import { CSRS, csrWhen, isIssued } from '../support/lab-requests.ts'

/** A node's folder and the lab that it belongs to, both of which can be put back to a beginning. */
export interface NodePlace extends AsyncDisposable {
  readonly lab: Lab
  readonly folder: string
  path(name: string): string
  /** Flags that name the files of the node. */
  readonly files: readonly string[]
  /** Runs a command of the sources, in this process and on this machine. */
  command(args: readonly string[]): ReturnType<typeof inProcess>
  /** Has the node join, with all that a bootstrap leaves, and its certificate be one that is signed so. */
  join(signing?: Partial<SigningSettings>): Promise<void>
  giveToken(): void
  /** Files as in the image, and no requests in the lab but those named. */
  reset(image: FolderImage, requests?: readonly string[]): Promise<void>
  image(): FolderImage
}

export const NODE = 'n1'

export async function nodePlace(): Promise<NodePlace> {
  const lab = await startLab({ approveServing: true })
  secret(lab.token)
  const home = mkdtempSync(join(tmpdir(), 'certlet-crash-'))
  const folder = join(home, 'node')
  const path = (name: string): string => join(folder, name)
  const machineId = machine()
  const files = [
    ...['--bootstrap-kubeconfig', path('etc/bootstrap.conf'), '--kubeconfig', path('etc/kubelet.conf')],
    ...['--cert-dir', path('pki'), '--hostname-override', NODE],
  ]
  const place: NodePlace = {
    ...{ lab, folder, path, files },
    command: (args) => inProcess(args, { machineId }),
    giveToken: () => {
      writeFileSync(path('etc/bootstrap.conf'), lab.bootstrapKubeconfig(), { mode: 0o600 })
    },
    join: async (signing) => {
      place.giveToken()
      const { code, text } = await place.command(['bootstrap', ...files]).done
      if (code !== 0) throw new Error(`The node could not be made: ${text}`)
      if (signing) await age(lab, realpathSync(path('pki/kubelet-client-current.pem')), signing)
    },
    reset: async (image, requests = []) => {
      for (const { metadata } of await csrs(lab)) {
        if (!requests.includes(metadata.name)) await lab.admin('DELETE', `${CSRS}/${metadata.name}`)
      }
      makeFolder(folder, image)
    },
    image: () => imageOf(folder),
    [Symbol.asyncDispose]: async () => {
      await lab.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
  makeFolder(folder, new Map([['etc', { kind: 'folder', mode: 0o755 }]]))
  return place
}

/** Puts a certificate that is signed so in the place of the one in a pair. */
async function age(lab: Lab, pairPath: string, signing: Partial<SigningSettings>): Promise<void> {
  const pair = readPair(readFileSync(pairPath, 'utf8'))
  if ('broken' in pair) throw new Error(pair.broken)
  const keyPair = parseKeyPair(pair.privateKeyPem)
  const { pem } = createCertificateRequest({ identity: nodeIdentity({ osHostname: NODE }), keyPair })
  const spec = {
    request: Buffer.from(pem).toString('base64'),
    signerName: SIGNER_NAMES.client,
    usages: ['digital signature', 'client auth'],
  }
  lab.setSigning(signing)
  await send(lab, 'POST', CSRS, { body: { metadata: { name: 'aged' }, spec } })
  const { status } = await csrWhen(lab, 'aged', isIssued)
  lab.setSigning({})
  const certificate = Buffer.from(status.certificate ?? '', 'base64').toString()
  writeFileSync(pairPath, certificate + pair.privateKeyPem)
}

/** As the command itself finds it. */
function machine(): string | undefined {
  try {
    return readFileSync('/etc/machine-id', 'utf8')
  } catch {
    return undefined
  }
}
