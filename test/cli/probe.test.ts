import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import type { CaseResult, ProbeResult } from '../../src/probe/results.ts'
import { temporaryFolder } from '../support/folder.ts'
import { inProcess } from '../support/in-process.ts'
import { CSRS } from '../support/lab-requests.ts'

const folder = temporaryFolder()

/** Runs the command in this process, with short waits. */
async function probe(...args: string[]): Promise<{ code: number; text: string }> {
  return inProcess(['probe', ...args, '--log-level', 'error']).done
}

/** A run whose result is read from a file. */
async function probed(...args: string[]): Promise<{ code: number; result: ProbeResult; text: string }> {
  const out = folder.file(`out-${Math.random()}.json`)
  const { code, text } = await probe(...args, '--out', out, '--pending-after', '300ms')
  return { code, text, result: JSON.parse(readFileSync(out, 'utf8')) as ProbeResult }
}

interface Cluster extends AsyncDisposable {
  readonly lab: Lab
  readonly admin: string
  readonly bootstrap: string
  requests(): Promise<string[]>
}

/** A lab in the place of a cluster. */
async function cluster(options: LabOptions = {}): Promise<Cluster> {
  const lab = await startLab(options)
  const [admin, bootstrap] = [folder.file('admin.conf'), folder.file('bootstrap.conf')]
  writeFileSync(admin, lab.adminKubeconfig(), { mode: 0o600 })
  writeFileSync(bootstrap, lab.bootstrapKubeconfig(), { mode: 0o600 })
  return {
    ...{ lab, admin, bootstrap },
    requests: async () => {
      const { body } = await lab.admin('GET', CSRS)
      return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name)
    },
    [Symbol.asyncDispose]: () => lab.close(),
  }
}

const names = (cases: readonly CaseResult[]): string[] => cases.map(({ name }) => name)
const different = ({ cases }: ProbeResult): string[] => names(cases.filter(({ differences }) => differences.length > 0))
const skipped = ({ cases }: ProbeResult): CaseResult[] => cases.filter(({ skipped: why }) => why !== undefined)

describe('certlet probe', function () {
  this.timeout(60_000)

  it('probes a lab of its own where no kubeconfig is named, and all holds', async () => {
    const { code, result, text } = await probed('kubelet-client', 'generations')
    assert.equal(code, 0, text)
    assert.deepEqual(different(result), [])
    assert.ok(result.cases.length > 40 && result.cases.every(({ ms }) => ms !== undefined))
    assert.match(text, /^As expected\n.*CASE/)
    assert.match(text, /\d+ as expected \(approver stock, https:\/\/127/)
  })

  it('tells what a careless approver lets pass, the differences first', async () => {
    const rules = folder.file('rules.yaml')
    writeFileSync(rules, '[{ signer: kubernetes.io/kubelet-serving, verdict: approve }]')
    const chosen = ['--case', 'kubernetes', '--case', 'wildcard*', '--case', 'usages-*']
    const args = ['hostile', '--lab-approval-rules', rules, '--approver', 'strict-serving', ...chosen]
    const { code, result, text } = await probed(...args)
    assert.equal(code, 10, text)
    assert.deepEqual(different(result), ['kubernetes', 'wildcard', 'wildcard-under-the-node'])
    assert.deepEqual(names(result.cases).filter((name) => name.startsWith('usages-')).length, 2)
    assert.match(text, /^Not as expected\n/)
    assert.match(text, /expected denied or pending, found issued/)
    assert.match(text, /The node could pose as the API server before every pod\./)
    assert.match(text, /2 as expected, 3 not as expected/)
  })

  it('holds certificates against what was asked for', async () => {
    const { code, result, text } = await probed('signer')
    assert.equal(code, 0, text)
    const faults = names(result.cases.filter(({ found }) => found === 'issued'))
    assert.ok(faults.includes('certificate-for-another-key') && faults.includes('no-certificate-at-all'))
  })

  it('finds out a signer that goes wrong', async () => {
    await using server = await cluster({ signing: { fault: 'other-key' } })
    const { code, result } = await probed('kubelet-client', '--kubeconfig', server.admin, '--case', 'first-certificate')
    assert.equal(code, 10)
    assert.deepEqual(result.cases[0]?.differences, ['the certificate is for another key'])
    server.lab.setSigning({ fault: 'other-name' })
    const other = await probed('kubelet-client', '--kubeconfig', server.admin, '--case', 'first-certificate')
    assert.match(other.result.cases[0]?.differences[0] ?? '', /^expected common name ".*-a", found ".*-a-other"$/)
  })

  describe('on a cluster', () => {
    it('deletes what it made, and leaves the rest alone', async () => {
      await using server = await cluster()
      await server.lab.admin('POST', CSRS, {
        metadata: { name: 'not-ours' },
        spec: { request: 'AA==', signerName: 'example.com/x', usages: ['client auth'] },
      })
      const before = await server.requests()
      const { code, result, text } = await probed('kubelet-serving', '--kubeconfig', server.admin)
      assert.equal(code, 0, text)
      assert.deepEqual(result.left, [])
      assert.deepEqual(await server.requests(), before)
    })

    it('keeps what it made where that is wanted, labelled', async () => {
      await using server = await cluster()
      await probed('kubelet-client', '--kubeconfig', server.admin, '--case', 'renewal', '--keep')
      const { body } = await server.lab.admin('GET', `${CSRS}?labelSelector=certlet.dev%2Fprobe`)
      assert.equal((body as { items: unknown[] }).items.length, 1)
    })

    it('leaves out what needs a lab', async () => {
      await using server = await cluster()
      const { code, result } = await probed('signer', '--kubeconfig', server.admin)
      assert.equal(code, 0)
      const out = skipped(result)
      assert.ok(out.length > 8 && out.every(({ skipped: why }) => why === 'it needs a lab'))
    })

    it('gets by on a bootstrap token: obtains node credentials, impersonates nobody, and says what is left', async () => {
      await using server = await cluster()
      const chosen = [
        '--case',
        'renewal',
        '--case',
        'first-certificate',
        '--case',
        'client-by-an-*',
        '--case',
        'kubernetes',
      ]
      const suites = ['kubelet-client', 'hostile', ...chosen]
      const { code, result, text } = await probed(...suites, '--bootstrap-kubeconfig', server.bootstrap)
      assert.equal(code, 0, text)
      const [out, ...others] = skipped(result)
      assert.deepEqual([out?.name, others], ['client-by-an-administrator', []])
      assert.match(out?.skipped ?? '', /cannot impersonate.*it needs the verb impersonate/)
      // The node's own certificate is one of those that were asked for.
      assert.deepEqual(result.left.toSorted(), (await server.requests()).toSorted())
      assert.equal(result.left.length, 4)
      assert.match(
        text,
        /Left on the server \(4\)\n  kubectl delete csr -l certlet\.dev\/probe=\w+\n    probe-\w+-1 probe-/,
      )
    })

    it('cleans up after an interruption', async () => {
      await using server = await cluster({ approve: 'none' })
      const args = ['kubelet-serving', '--kubeconfig', server.admin, '--pending-after', '1h', '--log-level', 'error']
      const running = inProcess(['probe', ...args])
      while ((await server.requests()).length < 17) await new Promise((resolve) => setTimeout(resolve, 20))
      running.stop()
      const { code, text } = await running.done
      assert.equal(code, 130)
      assert.match(text, /hint: nothing is left of its requests\n/)
      assert.deepEqual(await server.requests(), [])
    })

    it('says what is left after an interruption where the identity may not delete', async () => {
      await using server = await cluster({ approve: 'none' })
      const args = ['kubelet-client', '--case', 'under-*', '--case', 'uri', '--pending-after', '1h']
      const running = inProcess(['probe', ...args, '--bootstrap-kubeconfig', server.bootstrap, '--log-level', 'error'])
      while ((await server.requests()).length < 1) await new Promise((resolve) => setTimeout(resolve, 20))
      running.stop()
      const { code, text } = await running.done
      assert.equal(code, 130)
      const left = /; these requests are left on the server:\n {2}(.*)\nhint: .*certlet.dev\/probe=/.exec(text)?.[1]
      const named = left?.split(' ') ?? []
      const there = await server.requests()
      // One that was under way at the end may not have arrived, and is named all the same.
      assert.ok(there.length > 0 && there.every((name) => named.includes(name)), `${there.join(' ')}: ${text}`)
      assert.ok(
        named.every((name) => /^probe-\w+-[12]$/.test(name)),
        text,
      )
    })

    it('says when the credential is refused', async () => {
      await using server = await cluster()
      const wrong = readFileSync(server.bootstrap, 'utf8').replace(server.lab.token, 'abcdef.0000000000000000')
      writeFileSync(server.bootstrap, wrong)
      const { code, text } = await probe('kubelet-client', '--bootstrap-kubeconfig', server.bootstrap)
      assert.equal(code, 6, text)
      assert.match(text, /^error: Cannot read version: the API server answered 401/m)
      const nowhere = await probe('kubelet-client', '--bootstrap-kubeconfig', '/nonexistent')
      assert.equal(nowhere.code, 2)
      assert.match(nowhere.text, /^error: Cannot read the kubeconfig: no \/nonexistent\n/m)
    })
  })

  it('prints JSON, YAML and TAP', async () => {
    const args = ['kubelet-client', '--case', 'renewal', '--case', 'under-*', '--pending-after', '300ms']
    const json = JSON.parse((await probe(...args, '-o', 'json')).text) as ProbeResult
    assert.deepEqual(names(json.cases), ['renewal', 'under-ten-minutes'])
    const yaml = load((await probe(...args, '-o', 'yaml')).text) as ProbeResult
    assert.deepEqual(names(yaml.cases), names(json.cases))
    const { text } = await probe(...args, '-o', 'tap')
    assert.match(
      text,
      /^TAP version 13\n1\.\.2\nok 1 - kubelet-client: renewal\nok 2 - kubelet-client: under-ten-minutes\n$/,
    )
  })

  describe('a suite of one’s own', () => {
    const suite = `
name: mine
describe: What our approver has to do
cases:
  - name: own-name
    why: The node's own name is approved.
    request: { signer: kubelet-serving, sans: [{ dns: '\${node}' }] }
    expect: { verdict: denied, reason: '*Ours', message: '*theirs*' }
    expectFor: { none: pending }
`
    it('is run, and what it expects is what counts', async () => {
      const path = folder.file('mine.yaml')
      writeFileSync(path, suite)
      const rules = folder.file('rules.yaml')
      writeFileSync(
        rules,
        '[{ signer: kubernetes.io/kubelet-serving, verdict: deny, reason: NotOurs, message: it is not }]',
      )
      const { code, result } = await probed(path, '--lab-approval-rules', rules)
      assert.equal(code, 10)
      assert.deepEqual(different(result), ['own-name'])
      assert.deepEqual(result.cases[0]?.differences, ['expected message "*theirs*", found "it is not"'])
      assert.equal((await probed(path, '--approver', 'none')).code, 0)
    })

    for (const { title, change, message } of [
      {
        title: 'a field that there is not',
        change: ['why:', 'wy:'],
        message:
          /mine\.yaml has 2 faults\n  line 5, cases\.0\.why: .*missing\n  line 6, cases\.0\.wy: there is no such/,
      },
      {
        title: 'a case that there is not',
        change: ['why:', 'after: x\n    why:'],
        message: /line 6, cases\.0\.after: there is no case "x"/,
      },
      {
        title: 'a placeholder that there is not',
        change: ['{node}', '{nod}'],
        message: /line 7, cases\.0\.request\.sans\.0\.dns: there is no placeholder/,
      },
      {
        title: 'a verdict that there is not',
        change: ['pending', 'maybe'],
        message: /line 9, cases\.0\.expectFor\.none/,
      },
    ] as const) {
      it(`is refused with ${title}, line and field`, async () => {
        const path = folder.file('mine.yaml')
        writeFileSync(path, suite.replace(change[0], change[1]))
        const { code, text } = await probe(path)
        assert.equal(code, 2)
        assert.match(text, message)
      })
    }
  })

  it('refuses what is no suite, no policy, no case and no address', async () => {
    for (const [args, message] of [
      [['not-there'], /suite "not-there": there is no such file; built in are kubelet-client/],
      [['--approver', 'lax'], /--approver "lax": there is no such file; built in are none, stock/],
      [['--case', 'not-there'], /No case fits/],
      [['--node-ip', 'n1'], /--node-ip "n1" is not an IP address/],
      [['--parallel', '0'], /--parallel must be/],
      [['--out', folder.file('no/out.json')], /--out ".*": there is no folder .*\/no\n/],
    ] as const) {
      const { code, text } = await probe(...args)
      assert.equal(code, 2, text)
      assert.match(text, message)
    }
  })

  it('diff compares two runs', async () => {
    const [before, after] = [folder.file('before.json'), folder.file('after.json')]
    const args = ['kubelet-serving', '--case', 'name-*', '--approver', 'strict-serving', '--pending-after', '300ms']
    const rules = folder.file('rules.yaml')
    writeFileSync(rules, '[{ signer: kubernetes.io/kubelet-serving, dnsNames: "*example*", verdict: approve }]')
    await probe(...args, '--timeout', '500ms', '--out', before)
    await probe(...args, '--timeout', '500ms', '--lab-approval-rules', rules, '--out', after)
    const { code, text } = await probe('diff', before, after)
    assert.equal(code, 10)
    assert.match(text, /kubelet-serving\/name-in-a-domain +pending +issued +as expected now\n/)
    assert.equal((await probe('diff', after, after)).code, 0)
    const back = await probe('diff', after, before, '-o', 'json')
    assert.deepEqual(JSON.parse(back.text), [
      { suite: 'kubelet-serving', name: 'name-in-a-domain', before: 'issued', after: 'pending', kind: 'broken' },
    ])
    writeFileSync(before, '{}')
    assert.equal((await probe('diff', before, after)).code, 2)
  })

  it('explain shows the request, and what each policy expects of it', async () => {
    const { code, text } = await probe('explain', 'administrators-as-well')
    assert.equal(code, 0)
    assert.match(text, /^subject +O=system:nodes, O=system:masters, CN=system:node:certlet-probe-a$/m)
    assert.match(text, /^under stock +pending: the stock approver: subject organization is not system:nodes$/m)
    assert.match(text, /-----BEGIN CERTIFICATE REQUEST-----/)
    const { text: broken } = await probe('explain', 'cut-off')
    assert.match(broken, /^request +cannot be read: asn1: syntax error: data truncated$/m)
    const several = await probe('explain', 'ten-minutes')
    assert.equal(several.code, 2)
    assert.match(several.text, /kubelet-client\/ten-minutes, hostile\/ten-minutes/)
    assert.equal((await probe('explain', 'hostile/ten-minutes')).code, 0)
  })

  it('list shows suites and their cases', async () => {
    const { text } = await probe('list', 'kubelet-client')
    assert.match(text, /^kubelet-client \(26 cases\)\n/)
    const all = JSON.parse((await probe('list', '-o', 'json')).text) as unknown[]
    assert.equal(all.length, 5)
  })
})
