import assert from 'node:assert/strict'
import { table } from '../../../scripts/bench/figure.ts'
import { dist, PEER } from '../../../scripts/bench/program.ts'
import { sections } from '../../../scripts/bench/sections.ts'

/** Some of what each section measures in its tiny form, in which the binary and the package are not built. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'node.cold': ['dist.wall', 'dist.bare', 'dist.peer', 'dist.peak', 'dist.serving.wall', 'peer.wall', 'bare.wall'],
  'node.delayed': ['dist.wall', 'dist.peer', 'dist.serving.wall', 'peer.wall', 'peer.private'],
  'node.disk': ['dist.pair', 'dist.kubeconfig', 'peer.pair', 'peer.kubeconfig'],
  'node.rest': ['dist.rss', 'dist.private'],
  'node.size': ['binary'],
  'lab.ready': ['median', 'ratio'],
  'lab.nodes': ['rate'],
  'lab.ui': ['ratio'],
  'lab.crowd': ['object', 'create.ratio'],
  'fleet.own': ['rate', 'cpu'],
  'fleet.shared': ['rate', 'cpu'],
  'fleet.rest': ['node'],
}

/** certlet is compared with itself. */
const peer = [
  ...dist.map((word) => `'${word}'`),
  'bootstrap --bootstrap-kubeconfig {bootstrap} --kubeconfig {kubeconfig} --cert-dir {certs} --hostname-override={node}',
].join(' ')

describe('npm run bench', () => {
  const own = process.env[PEER]
  before(() => (process.env[PEER] = peer))
  after(() => {
    if (own === undefined) Reflect.deleteProperty(process.env, PEER)
    else process.env[PEER] = own
  })

  it('has the sections that are tried here', () => {
    assert.deepEqual(
      sections.map(({ name }) => name),
      Object.keys(expected),
    )
  })

  for (const section of sections) {
    const { name } = section
    it(`measures ${name}, in its tiny form`, async () => {
      const figures = await section.measure({ tiny: true })
      const values = new Map(figures.map((figure) => [figure.name, figure.value]))
      for (const one of expected[name] ?? []) {
        const value = values.get(`${name}.${one}`)
        assert.ok(value !== undefined && Number.isFinite(value), `${name}.${one} is ${String(value)}`)
      }
      assert.equal(new Set(figures.map((figure) => figure.name)).size, figures.length, 'names are unique')
      assert.doesNotMatch(table(figures), /NaN/)
    })
  }
})
