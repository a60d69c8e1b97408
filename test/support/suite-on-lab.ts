/** Probes a lab in this process, with short waits. */
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import { type Connection, connectionTo } from '../../src/kube/connection.ts'
import { readDocument } from '../../src/lab/documents/document.ts'
import type { ApprovalSettings, Lab } from '../../src/lab/index.ts'
import { runSuites } from '../../src/probe/engine/run-suites.ts'
import { newRunId } from '../../src/probe/label.ts'
import { requestMaker } from '../../src/probe/make/make-request.ts'
import type { Policy } from '../../src/probe/policy.ts'
import type { CaseResult } from '../../src/probe/results.ts'
import { suite } from '../../src/probe/suite.ts'
import type { BuiltIn } from '../../src/probe/suites/names.ts'
import { readSuiteTexts } from '../../src/probe/suites/texts.ts'

/** Copies of a case that are sent: a thousand show the same. */
const MOST_COPIES = 5

/**
 * @param approval - how the lab goes on after a case that has its own settings.
 * @param restMs - how long nothing must happen until what may stay undecided counts as pending; more for an approver beside the lab.
 */
export async function probeLab(
  lab: Lab,
  names: readonly BuiltIn[],
  policy: Policy,
  { approval = {}, restMs = 200 }: { approval?: Partial<ApprovalSettings>; restMs?: number } = {},
): Promise<CaseResult[]> {
  const suites = names.map((name) => {
    const read = readDocument(suite, readSuiteTexts()[name], name)
    const cases = read.cases.map((one) => ({ ...one, copies: Math.min(one.copies ?? 1, MOST_COPIES) }))
    return { ...read, cases }
  })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(lab.adminKubeconfig())
  const connect = (one: KubeConfig): Connection =>
    connectionTo(one, { clock: systemClock, random: () => 0.5, onProblem: () => undefined })
  using connection = connect(kubeConfig)
  const controls = {
    setApproval: lab.setApproval.bind(lab),
    setSigning: lab.setSigning.bind(lab),
    restore: (): void => {
      lab.setApproval(approval)
      lab.setSigning({})
    },
  }
  return await runSuites(
    suites,
    {
      target: { self: { kubeConfig, connection }, connect, lab: controls, signerCaPem: lab.caPem },
      policy,
      server: { minor: 36, nodeAddresses: { a: ['10.1.0.1'], b: ['10.1.0.2'] } },
      values: {
        ...{ node: 'a', otherNode: 'b', nodeIp: '10.1.0.1', otherNodeIp: '10.1.0.2' },
        ...{ apiServer: '127.0.0.1', user: '', run: newRunId(), copy: '1' },
      },
      maker: requestMaker,
      patience: { timeoutMs: 10_000, restMs },
      parallel: 20,
      clock: systemClock,
      signal: new AbortController().signal,
    },
    [],
  )
}

/** Cases that are not as expected. */
export const different = (results: readonly CaseResult[]): CaseResult[] =>
  results.filter(({ differences }) => differences.length > 0)
