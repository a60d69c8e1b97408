import { dump } from 'js-yaml'
import { CertletError } from '../errors.ts'
import { bootstrapRbac } from '../tokens/bootstrap-rbac.ts'
import type { Flags } from './command.ts'
import { listOf } from './common-flags.ts'
import { formatted } from './formatted.ts'
import type { World } from './world.ts'

/** `certlet rbac`. Nothing is sent. @throws CertletError USAGE */
export function runRbac(flags: Flags, world: World): number {
  const groups = listOf(flags, 'group')
  const wrong = groups.find((group) => !/^system:bootstrappers(:|$)/.test(group))
  if (wrong !== undefined || groups.length === 0) {
    throw new CertletError(
      'USAGE',
      `--group "${wrong ?? ''}" is no group of bootstrap tokens: they begin with system:bootstrappers`,
    )
  }
  const objects = bootstrapRbac({
    groups,
    autoApprove: flags['auto-approve'] === true,
    clusterInfo: flags['cluster-info'] === true,
  })
  world.stdout.write(
    flags['output'] === 'json'
      ? formatted({ apiVersion: 'v1', kind: 'List', items: objects }, 'json')
      : objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n'),
  )
  return 0
}
