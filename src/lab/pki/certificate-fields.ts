/** The two fields of a certificate that Node's own X509Certificate does not give away as octets. */
import { readElement } from './cryptobyte.ts'

const SUBJECT_KEY_ID = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x0e])

/**
 * Subject (a whole element) and subject key identifier of a certificate that Node has parsed already.
 * @param der - the certificate.
 * @throws TypeError when there is no subject where one has to be.
 */
export function readCertificate(der: Buffer): { subject: Buffer; keyId: Buffer | undefined } {
  const fields = elements(readElement(readElement(der)?.contents ?? der)?.contents ?? der)
  const versioned = fields[0]?.identifier === 0xa0 ? 1 : 0
  const subject = fields[versioned + 4]?.full
  if (subject === undefined) throw new TypeError('the certificate has no subject')
  const list = fields.find(({ identifier }) => identifier === 0xa3)
  const extensions = list ? elements(readElement(list.contents)?.contents ?? list.contents) : []
  const keyId = extensions
    .map(({ contents }) => elements(contents))
    .find(([id]) => id?.full.equals(SUBJECT_KEY_ID))
    ?.at(-1)
  return { subject, keyId: keyId && readElement(keyId.contents)?.contents }
}

function elements(contents: Buffer): { identifier: number; contents: Buffer; full: Buffer }[] {
  const list = []
  for (let left = contents; left.length > 0;) {
    const next = readElement(left)
    if (next === undefined) break
    list.push({
      identifier: next.identifier,
      contents: next.contents,
      full: left.subarray(0, left.length - next.rest.length),
    })
    left = next.rest
  }
  return list
}
