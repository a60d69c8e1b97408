import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a node's files are. */
export interface Place {
  /** The bootstrap kubeconfig; it is there. */
  readonly bootstrap: string
  /** Folder for certificates; it is there, empty. */
  readonly certs: string
  /** To be written, in a folder where nothing else is. */
  readonly kubeconfig: string
  /** The node's name. */
  readonly node: string
}

let nodes = 0

/** A new place in a temporary folder. @param kubeconfig - the bootstrap kubeconfig's text */
export function newPlace(kubeconfig: string): Place & Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'certlet-bench-'))
  const place = {
    bootstrap: join(folder, 'token/bootstrap.conf'),
    certs: join(folder, 'pki'),
    kubeconfig: join(folder, 'kubeconfig/kubelet.conf'),
    node: `bench-${process.pid}-${nodes++}`,
  }
  for (const name of ['token', 'pki', 'kubeconfig']) mkdirSync(join(folder, name), { mode: 0o700 })
  writeFileSync(place.bootstrap, kubeconfig, { mode: 0o600 })
  return {
    ...place,
    folder,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
