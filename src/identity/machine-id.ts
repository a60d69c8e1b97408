import { createHmac } from 'node:crypto'

/** certlet's own name in the derivation below; it must never change. */
const APPLICATION_ID = Buffer.from('5f1d2c3a9b7e4d0f8a6c41e2b3907d58', 'hex')

/**
 * What stands for this machine beside its keys: a number derived from its machine-id, so that the id itself, which is confidential, is
 * nowhere written down. 32 hexadecimal digits.
 * @param text - of /etc/machine-id.
 * @returns undefined where there is none yet (`uninitialized`, an empty file).
 * Source: systemd sd_id128_get_machine_app_specific(3): HMAC-SHA256 of the application id, keyed by the machine id, as a version 4 UUID.
 */
export function machineIdentity(text: string | undefined): string | undefined {
  const id = text?.trim().replaceAll('-', '') ?? ''
  if (!/^[0-9a-f]{32}$/i.test(id) || /^0+$/.test(id)) return undefined
  const bytes = createHmac('sha256', Buffer.from(id, 'hex')).update(APPLICATION_ID).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex')
}
