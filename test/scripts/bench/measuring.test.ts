import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { type Figure, isMet, median, middleHalf, table } from '../../../scripts/bench/figure.ts'
import { joinOnce } from '../../../scripts/bench/join-once.ts'
import { newPlace } from '../../../scripts/bench/place.ts'
import { memoryOf } from '../../../scripts/bench/proc.ts'
import { peerOf, peers, type Program, unitEnvironment } from '../../../scripts/bench/program.ts'
import { interleaved, ratioFigure } from '../../../scripts/bench/rounds.ts'
import { until } from '../../support/command.ts'
import { temporaryFolder } from '../../support/folder.ts'

describe('rounds of the bench', () => {
  it('run everything once each, in orders that differ, after one round that does not count', async () => {
    const order: string[] = []
    const run = (name: string) => () => Promise.resolve(order.push(name))
    const draws = [0.9, 0, 0, 0.9, 0, 0]
    const random = (): number => draws.shift() ?? 0
    const results = await interleaved(2, { a: run('a'), b: run('b') }, random)
    assert.deepEqual(order, ['b', 'a', 'a', 'b', 'a', 'b'])
    assert.deepEqual(results, { a: [3, 5], b: [4, 6] })
  })

  it('are compared one by one: a slow one is slow for both', () => {
    const figure = ratioFigure('r', [10, 200, 30], { of: [20, 100, 60], unit: 'times', budget: { most: 0.6 } })
    assert.equal(figure.value, 0.5)
    assert.equal(isMet(figure), true)
  })
})

describe('figures of the bench', () => {
  it('are the middle, and between what the middle half lies', () => {
    assert.equal(median([5, 1, 9]), 5)
    assert.deepEqual(middleHalf([8, 7, 6, 5, 4, 3, 2, 1]), [3, 7])
  })

  it('are shown with their budget, met or missed, and as ratios to earlier ones', () => {
    const figures: Figure[] = [
      { name: 'a', value: 12.345, unit: 'ms', half: [11, 130], budget: { most: 10 } },
      { name: 'b', value: 2, unit: 'nodes/s', budget: { least: 1 } },
    ]
    assert.equal(
      table(figures, [{ name: 'a', value: 10, unit: 'ms' }]),
      [
        'figure  value               budget        to before',
        'a       12.3 ms (11.0–130)  <= 10 MISSED  ×1.23',
        'b       2.00 nodes/s        >= 1 met',
        '',
      ].join('\n'),
    )
  })
})

describe('a program that is measured', () => {
  const folder = temporaryFolder()

  /** A program that is a script of the shell, to which the place is given as words. */
  const script = (text: string, ends = true): Program => ({
    name: 'script',
    command: ['sh', '-c', text, 'sh'],
    args: ({ bootstrap, certs, kubeconfig }) => [bootstrap, certs, kubeconfig],
    ends,
  })

  it('is a template, without a shell', () => {
    const peer = peerOf(`kubelet --kubeconfig {kubeconfig} --config 'a b' --x={node},{node} $HOME`)
    const place = { bootstrap: '/b', certs: '/c', kubeconfig: '/k', node: 'n1' }
    assert.deepEqual(peer.command, ['kubelet'])
    assert.deepEqual(peer.args(place), ['--kubeconfig', '/k', '--config', 'a b', '--x=n1,n1', '$HOME'])
    assert.deepEqual(peers(' '), [])
  })

  it('at rest has the environment of its unit', () => {
    assert.deepEqual(unitEnvironment('Environment=A=1 "B=2 and=3"\nUser=root\nEnvironment=C='), {
      A: '1',
      B: '2 and=3',
      C: '',
    })
    assert.equal(unitEnvironment()['MALLOC_ARENA_MAX'], '1')
  })

  it('is timed until the last of its files has its name, and has its memory read then', async () => {
    const { ms, wallMs, memory } = await joinOnce(
      script('test -s "$1" && touch "$2/pair" && touch "$3.draft" && sleep 0.05 && mv "$3.draft" "$3"; sleep 0.05'),
      'a token',
      ['pair'],
    )
    assert.ok((ms.pair ?? NaN) < (ms['kubelet.conf'] ?? NaN))
    assert.equal(wallMs, ms['kubelet.conf'])
    assert.ok((memory?.peak ?? 0) > 0)
  })

  it('is killed with all that it has started, when it does not end by itself', async () => {
    const pidFile = folder.file('pid')
    await joinOnce(script(`sleep 60 & echo $! >'${pidFile}'; echo x >"$3"; wait`, false), '')
    const pid = Number(readFileSync(pidFile, 'utf8'))
    assert.ok(pid > 1)
    await until(() => memoryOf(pid) === undefined, 'the end of what the program has started')
  })

  it('is an error when it ends without its files, or not well, or is not there, with what it said', async () => {
    await assert.rejects(
      joinOnce(script('echo no such token >&2; exit 3'), ''),
      /script: ended with 3.*\nno such token/,
    )
    await assert.rejects(joinOnce(script('echo x >"$3"; exit 4'), ''), /script: ended with 4/)
    await assert.rejects(joinOnce({ ...script(''), command: ['/nowhere/kubelet'] }, ''), /ENOENT/)
  })

  it('leaves nothing in its place', () => {
    const place = newPlace('a token')
    assert.ok(existsSync(place.bootstrap))
    place[Symbol.dispose]()
    assert.ok(!existsSync(place.folder))
  })

  it('has memory while it runs', () => {
    const { rss = 0, peak = 0, private: own = 0 } = memoryOf(process.pid) ?? {}
    assert.ok(peak >= rss && rss > own && own > 0)
    assert.equal(memoryOf(2 ** 30), undefined)
  })
})
