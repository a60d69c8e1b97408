import type { Lab } from '../../src/lab/index.ts'
import type { Scope } from './nock.ts'

/** Hands every request to a server to the lab's own routes: the same ones that it serves over HTTPS. Not for watches. */
export function nockLab(scope: Scope, lab: Lab): void {
  scope.persist()
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    scope.intercept(/.*/, method).reply(async (request: Request) => {
      const { pathname, search } = new URL(request.url)
      const headers = [...request.headers].map(([name, value]) => [name, [value]] as const)
      const body = Buffer.from(await request.arrayBuffer())
      const response = lab.handle({ method, path: pathname + search, headers: Object.fromEntries(headers), body })
      if (!(response.body instanceof Uint8Array)) throw new Error('a watch needs a network')
      return [response.status, Buffer.from(response.body), Object.fromEntries(response.headers)]
    })
  }
}
