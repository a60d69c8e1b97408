/** Why a certificate request is refused; the message is the text that a real API server shows. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
}
