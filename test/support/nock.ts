import nock from 'nock'

// nock takes over every socket of the process as soon as it is imported, for the tests of other files as well.
nock.restore()

export type Interceptor = nock.Interceptor
export type Scope = nock.Scope

/** nock for the tests of the surrounding `describe` and nobody else: no network there, nothing intercepted elsewhere. */
export function nockInside(): typeof nock {
  before(() => {
    nock.activate()
    nock.disableNetConnect()
  })
  after(() => {
    nock.cleanAll()
    nock.enableNetConnect()
    nock.restore()
  })
  return nock
}
