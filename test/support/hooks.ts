import { bundle } from '../../scripts/build.ts'
import { assertNoSecrets } from './command.ts'

/** The command tests run what ships, so it is built from the sources as they stand. */
export async function mochaGlobalSetup(): Promise<void> {
  await bundle()
}

export const mochaHooks = {
  /** Every output of every command that the suite ran, searched for every token and key that it handed out. */
  afterAll(): void {
    assertNoSecrets()
  },
}
