import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import cyclonedx from '@cyclonedx/cyclonedx-library'
import { version } from '../src/version.ts'
import type { Bundled } from './licences.ts'

const { Enums, Models, Serialize, Spec } = cyclonedx
const { ComponentType, HashAlgorithm } = Enums

/** The lock file's record of where each package came from. */
const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url))

/**
 * What is inside a program that ships, as a bill of materials in CycloneDX's JSON: name, version, licence, package URL and npm's SHA-512
 * of each package. It has no time and no serial number, so that the same source makes the same file.
 * @param node - version of the Node.js inside; undefined where the machine's own runs it.
 */
export function sbom(packages: readonly Bundled[], node?: string): string {
  const root = new Models.Component(ComponentType.Application, 'certlet', {
    version,
    bomRef: `certlet@${version}`,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression('Apache-2.0')]),
  })
  // npm may have put the same version into several folders.
  const once = new Map(packages.map((one) => [`${one.name}@${one.version}`, one])).values()
  const parts = [...[...once].map(component), ...(node === undefined ? [] : [platform(node)])]
  for (const part of parts) root.dependencies.add(part.bomRef)
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: root }),
    components: new Models.ComponentRepository(parts),
  })
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })}\n`
}

function component({ name, version: one, licence }: Bundled): InstanceType<typeof Models.Component> {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${one}`
  const sha512 = integrityOf(name, one)
  return new Models.Component(ComponentType.Library, name, {
    version: one,
    bomRef: purl,
    purl,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(licence)]),
    hashes: new Models.HashDictionary(sha512 === undefined ? [] : [[HashAlgorithm['SHA-512'], sha512]]),
  })
}

function platform(node: string): InstanceType<typeof Models.Component> {
  return new Models.Component(ComponentType.Platform, 'node', {
    version: node,
    bomRef: `node@${node}`,
    purl: `pkg:github/nodejs/node@v${node}`,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression('MIT')]),
  })
}

/** SHA-512 of the package as npm fetched it, hexadecimal. Source: package-lock.json, `integrity`. */
function integrityOf(name: string, one: string): string | undefined {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, Locked> }
  const found = Object.entries(packages).find(
    ([path, locked]) => path.endsWith(`node_modules/${name}`) && locked.version === one,
  )
  const base64 = /^sha512-(.+)$/.exec(found?.[1].integrity ?? '')?.[1]
  return base64 && Buffer.from(base64, 'base64').toString('hex')
}

interface Locked {
  readonly version?: string
  readonly integrity?: string
}
