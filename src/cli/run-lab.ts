import type { Flags } from './main.ts'
import type { World } from './world.ts'
export async function runLab(_flags: Flags, _world: World): Promise<number> {
  return await Promise.resolve(1)
}
