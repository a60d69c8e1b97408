import { createHash } from 'node:crypto'

/**
 * The name of a request: a digest of all that makes it, so that whoever holds the key finds the request again. It equals the name
 * that a kubelet without rotation gives to the same request.
 * @param usages - in the order in which they are sent.
 * Source: client-go util/certificate/csr, digestedName (`node-csr-` and SHA-512/256 over `base64url(item)|` for each item).
 */
export function requestName({
  spki,
  commonName,
  organizations,
  usages,
}: {
  spki: Uint8Array
  commonName: string
  organizations: readonly string[]
  usages: readonly string[]
}): string {
  const hash = createHash('sha512-256')
  for (const item of [spki, commonName, ...organizations, ...usages]) {
    hash.update(`${Buffer.from(item as string).toString('base64url')}|`)
  }
  return `node-csr-${hash.digest('base64url')}`
}
