import { bundle } from '../../scripts/build.ts'
import { assertNoSecrets } from './command.ts'
import { endAfter, mochaHooks as endGuard } from './end-guard.ts'

export { mochaGlobalTeardown } from './end-guard.ts'

/** The command tests run what ships, so it is built from the sources as they stand. */
export async function mochaGlobalSetup(): Promise<void> {
  try {
    await bundle()
  } catch (error) {
    endAfter(1_000) // mocha then calls no teardown
    throw error
  }
}

export const mochaHooks: Mocha.RootHookObject = {
  ...endGuard,
  /** Every output of every command that the suite ran, searched for every token and key that it handed out. */
  afterAll: [assertNoSecrets, endGuard.afterAll].flatMap((hook) => hook ?? []),
}
