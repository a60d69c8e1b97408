import assert from 'node:assert/strict'
import { readSource } from '../../src/agent/client-look.ts'
import { systemClock } from '../../src/clock.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import type { CheckName, Finding } from '../../src/preflight/finding.ts'
import { preflight } from '../../src/preflight/preflight.ts'
import type { PreflightTask } from '../../src/preflight/task.ts'
import type { Sandbox } from './command.ts'

/** A preflight before the bootstrap of a sandbox, in this process. */
export function preflightOf(
  node: Pick<Sandbox, 'path'>,
  {
    settings = {},
    ...more
  }: Partial<Omit<PreflightTask, 'settings'>> & { settings?: Partial<PreflightTask['settings']> } = {},
): PreflightTask {
  const given: PreflightTask['settings'] = {
    identity: nodeIdentity({ osHostname: 'n1' }),
    source: { kind: 'file', path: node.path('bootstrap.conf') },
    kubeconfigPath: node.path('kubelet.conf'),
    certDir: node.path('pki'),
    keyType: 'ecdsa-p256',
    emulation: '1.36',
    keepPairs: 1,
    keepBootstrapKubeconfig: false,
    allowInsecure: false,
    ...settings,
  }
  return {
    settings: given,
    way: { kind: 'file', bootstrap: readSource(given) },
    replace: false,
    machine: { text: 'a'.repeat(32), binding: true },
    kubelets: () => [],
    env: {},
    uid: process.getuid?.() ?? 0,
    clock: systemClock,
    signal: new AbortController().signal,
    ...more,
  }
}

/** Its findings, by name. */
export async function findingsOf(...task: Parameters<typeof preflightOf>): Promise<ReadonlyMap<CheckName, Finding>> {
  const findings = await preflight(preflightOf(...task))
  const byName = new Map(findings.map((finding) => [finding.name, finding]))
  assert.equal(byName.size, findings.length, 'no check comes twice')
  return byName
}

/** Compares a finding with what was expected of it: verdict, code, and words that it has to hold. */
export function assertFinding(
  found: Finding | ReadonlyMap<CheckName, Finding>,
  {
    name,
    verdict,
    code,
    seen,
    fix,
  }: { name?: CheckName; verdict: Finding['verdict']; code?: string; seen: RegExp; fix?: RegExp },
): void {
  const finding = 'verdict' in found ? found : name && found.get(name)
  assert.ok(finding, `there is a check ${name ?? ''}`)
  const shown = JSON.stringify(finding)
  assert.equal(finding.verdict, verdict, shown)
  assert.match(finding.seen, seen)
  if (code !== undefined) assert.equal('code' in finding ? finding.code : undefined, code, shown)
  if (fix) assert.match('fix' in finding ? finding.fix : '', fix)
}
