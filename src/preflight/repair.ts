import { narrowMode } from '../store/narrow-mode.ts'
import { makeDirectory } from '../store/replace-file.ts'
import { unreachable } from '../errors.ts'
import type { Finding, Repair } from './finding.ts'

/**
 * Does what the findings say can be done without asking anybody.
 * @returns what was done, in words.
 * @throws CertletError with a DISK_ code
 */
export function repairAll(findings: readonly Finding[], uid: number): string[] {
  return findings.flatMap(({ repairs = [] }) => repairs).map((repair) => carryOut(repair, uid))
}

function carryOut(repair: Repair, uid: number): string {
  const { path, mode } = repair
  switch (repair.do) {
    case 'make-directory':
      makeDirectory(path, mode)
      return `made "${path}" (mode 0${mode.toString(8)})`
    case 'narrow-mode':
      narrowMode(path, mode, uid)
      return `set the mode of "${path}" to 0${mode.toString(8)}`
    default:
      return unreachable(repair)
  }
}
