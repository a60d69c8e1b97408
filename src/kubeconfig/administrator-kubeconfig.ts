import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'

/** Where kubeadm leaves an administrator's kubeconfig. */
const KUBEADM_ADMIN = '/etc/kubernetes/admin.conf'

/**
 * The kubeconfig of whoever works here, as kubectl finds it: the file named, else those of $KUBECONFIG together, else ~/.kube/config,
 * else kubeadm's on a control-plane node.
 * @throws CertletError ADMIN_KUBECONFIG_MISSING, KUBECONFIG_INVALID. Source: client-go tools/clientcmd/loader.go, kubeadm's admin.conf.
 */
export function readAdministratorKubeconfig(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): KubeConfig {
  const { KUBECONFIG = '', HOME = '' } = env
  const listed = KUBECONFIG.split(delimiter).filter((path) => path !== '')
  const single = [...(HOME === '' ? [] : [join(HOME, '.kube', 'config')]), KUBEADM_ADMIN]
  const files = named !== undefined ? [named] : listed.length > 0 ? listed : single
  const there = files.filter((path) => existsSync(path))
  if (there.length === 0) {
    const missing = named === undefined ? 'an administrator’s kubeconfig' : 'the kubeconfig'
    throw new CertletError('ADMIN_KUBECONFIG_MISSING', `Cannot read ${missing}: no ${files.join(', no ')}`)
  }
  const [first, ...rest] = (files === single ? there.slice(0, 1) : there).map(load)
  if (!first) throw new CertletError('INTERNAL', 'No kubeconfig is left of those that are there')
  for (const other of rest) first.mergeConfig(other, true)
  if (!first.getCurrentCluster() || !first.getCurrentUser()) {
    throw unusable(there.join(', '), 'its current context leads to no cluster and user')
  }
  return first
}

function load(path: string): KubeConfig {
  const kubeConfig = new KubeConfig()
  try {
    kubeConfig.loadFromFile(path)
  } catch {
    throw unusable(path, 'it is not a kubeconfig that can be read') // the parser's message quotes the text
  }
  return kubeConfig
}

function unusable(path: string, problem: string): CertletError {
  return new CertletError('KUBECONFIG_INVALID', `Cannot use kubeconfig "${path}": ${problem}`, {
    hint: 'mend it, or name another with --kubeconfig',
  })
}
