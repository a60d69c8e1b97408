import { answerTargets } from './targets/answers.ts'
import { certificateTargets } from './targets/certificates.ts'
import { documentTargets } from './targets/documents.ts'
import { labTargets } from './targets/lab.ts'
import { textTargets } from './targets/texts.ts'
import type { Target } from './target.ts'

/** All that is fuzzed, by name. */
export const TARGET_NAMES = [
  ...['bootstrap kubeconfig', 'kubeconfig of the node', 'administrator’s kubeconfig', 'discovery file', 'PEM'],
  ...['configuration', 'files of status PATH', 'which machine a key is of', 'words of the command line'],
  ...['issued certificate', 'bundle of CAs', 'certificate in DER', 'request under our name', 'request at the lab'],
  ...['Status', 'answer to a call', 'answer without end', 'watch stream', 'watch stream that is none'],
  ...['watch event without end', 'events of our request', 'changes of a Node', 'cluster-info', 'JWS'],
  ...['answer of the daemon', 'the lab’s routes, asked by anybody', 'the lab’s routes, asked by an administrator'],
  ...['suites of the probe', 'policies of the probe', 'lists of the lab'],
]

/** Makes them. @param folder - for what has to stand in files. */
export async function allTargets(folder: string): Promise<{ targets: readonly Target[]; close: () => Promise<void> }> {
  const lab = await labTargets()
  const targets = [
    ...(await textTargets(folder)),
    ...(await certificateTargets()),
    ...(await answerTargets()),
    ...lab.targets,
    ...(await documentTargets()),
  ]
  const names = targets.map(({ name }) => name)
  if (names.join() !== TARGET_NAMES.join()) throw new Error(`TARGET_NAMES is not ${names.join()}`)
  return { targets, close: lab.close }
}
