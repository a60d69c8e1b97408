/** What a probe is sent to: a cluster, or a lab of its own. */
import { KubeConfig } from '@kubernetes/client-node'
import type { CertletError } from '../errors.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { readAdministratorKubeconfig } from '../kubeconfig/administrator-kubeconfig.ts'
import { type ApprovalRule, type Lab, readApprovalRules, startLab } from '../lab/index.ts'
import type { Log } from '../log.ts'
import type { ProbeTarget } from '../probe/engine/target.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { fileText, understood } from './probe-suites.ts'
import type { World } from './world.ts'

/** What is probed, until it is disposed of. */
export interface Session extends AsyncDisposable {
  readonly target: ProbeTarget
}

/** A cluster where a kubeconfig is named, else a lab: nobody's requests go to a cluster because of an environment variable. */
export async function openSession(flags: Flags, world: World, log: Log): Promise<Session> {
  const onProblem = (problem: CertletError): void => {
    log.warn(problem.message)
  }
  const retry = { clock: world.clock, random: world.random, onProblem }
  const connect = (kubeConfig: KubeConfig): Connection => connectionTo(kubeConfig, retry)
  const bootstrapPath = textOf(flags, 'bootstrap-kubeconfig')
  const path = textOf(flags, 'kubeconfig') ?? bootstrapPath
  const lab = path === undefined ? await labOf(flags, log) : undefined
  const kubeConfig = lab ? fromText(lab.adminKubeconfig()) : readAdministratorKubeconfig(path, world.env)
  const self = { kubeConfig, connection: connect(kubeConfig) }
  const bootstrapConfig = lab
    ? fromText(lab.bootstrapKubeconfig())
    : bootstrapPath === undefined
      ? undefined
      : readAdministratorKubeconfig(bootstrapPath, world.env)
  const bootstrap = bootstrapConfig && { kubeConfig: bootstrapConfig, connection: connect(bootstrapConfig) }
  const caPath = textOf(flags, 'signer-ca')
  const signerCaPem =
    caPath === undefined ? lab?.caPem : fileText(caPath, `Cannot use --signer-ca "${caPath}"`, 'PEM is wanted')
  return {
    target: {
      self,
      connect,
      ...(bootstrap && { bootstrap }),
      ...(signerCaPem !== undefined && { signerCaPem }),
      ...(lab && { lab: lab.controls }),
    },
    [Symbol.asyncDispose]: async () => {
      self.connection[Symbol.dispose]()
      bootstrap?.connection[Symbol.dispose]()
      await lab?.close()
    },
  }
}

function fromText(text: string): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(text)
  return kubeConfig
}

async function labOf(flags: Flags, log: Log) {
  const mode = flags['lab-approve'] as 'auto' | 'none' | 'deny'
  const path = textOf(flags, 'lab-approval-rules')
  const doing = `Cannot use --lab-approval-rules "${path ?? ''}"`
  const rules: readonly ApprovalRule[] =
    path === undefined
      ? []
      : understood('Cannot use --lab-approval-rules', () =>
          readApprovalRules(fileText(path, doing, 'rules are wanted'), path),
        )
  const lab: Lab = await startLab({ approve: mode, approvalRules: rules })
  log.info('no kubeconfig was named: a lab is probed', { approve: mode, rules: rules.length })
  return {
    ...lab,
    close: () => lab.close(),
    controls: {
      setApproval: lab.setApproval.bind(lab),
      setSigning: lab.setSigning.bind(lab),
      restore: (): void => {
        lab.setApproval({ mode, rules })
        lab.setSigning({})
      },
    },
  }
}
