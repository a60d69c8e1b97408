// The beginning of the single executable: scripts/build-binary.ts.
import { start } from './start.ts'

void start(process)
