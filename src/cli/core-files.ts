import { writeFileSync } from 'node:fs'

/** Which parts of the memory go into a core file, by bits. Source: core(5), Controlling which mappings are written to the core dump. */
const FILTER = '/proc/self/coredump_filter'

/**
 * Keeps keys and tokens out of core files: what is left of one is the registers. The limit of core files does not do: outside of our units it
 * is the administrator's, and where the kernel hands core files to a program (`core_pattern` begins with `|`) it holds for nobody. Programs
 * that are started (exec plugins, `--on-rotate`) inherit it.
 */
export function keepMemoryOutOfCoreFiles(): void {
  try {
    writeFileSync(FILTER, '0', { flag: 'r+' })
  } catch {
    // Not Linux, or a sandbox without it: nothing that a node should be kept waiting for.
  }
}
