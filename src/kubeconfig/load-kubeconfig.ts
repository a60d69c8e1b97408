import { dirname } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { readNamedFile } from './named-file.ts'

const CODES = { code: 'KUBECONFIG_INVALID', missing: 'KUBECONFIG_MISSING', denied: 'DISK_NOT_WRITABLE' } as const

/** Text of the node's kubeconfig. @throws CertletError KUBECONFIG_MISSING, KUBECONFIG_INVALID, DISK_ERROR, DISK_NOT_WRITABLE */
export function kubeconfigText(path: string): string {
  return readNamedFile(path, 'kubeconfig', CODES).toString('utf8')
}

/**
 * The node's kubeconfig as client-node has it.
 * @param text - of the file, read now unless given.
 * @throws as kubeconfigText.
 */
export function loadKubeconfig(path: string, text = kubeconfigText(path)): KubeConfig {
  const kubeConfig = new KubeConfig()
  try {
    kubeConfig.loadFromString(text)
  } catch {
    throw new CertletError('KUBECONFIG_INVALID', `Cannot use kubeconfig "${path}": it cannot be parsed`) // the parser's message quotes the text
  }
  kubeConfig.makePathsAbsolute(dirname(path))
  return kubeConfig
}
