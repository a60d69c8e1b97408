import { exactOptional, picklist, strictObject } from 'valibot'
import { type AdminRoute, changeOf } from './admin.ts'
import { duration, msOf } from './documents/fields.ts'
import { type Fault, faultList } from './faults/fault.ts'
import { type ApprovalSettings, approvalSettings, type SigningSettings, signingSettings } from './settings.ts'

/** What can be read and changed while a lab runs. */
export interface Steering {
  readonly faults: () => readonly Fault[]
  readonly setFaults: (faults: readonly Fault[]) => void
  readonly approval: () => ApprovalSettings
  readonly setApproval: (settings: Partial<ApprovalSettings>) => void
  readonly signing: () => SigningSettings
  readonly setSigning: (settings: Partial<SigningSettings>) => void
  /** Is not waited for. */
  readonly restart: (how: { state: 'keep' | 'lose'; downMs: number }) => void
}

const restartRequest = strictObject({ state: exactOptional(picklist(['keep', 'lose'])), down: exactOptional(duration) })

/** By the name that follows `/lab/`. */
export function adminRoutes(lab: Steering): Readonly<Record<string, AdminRoute>> {
  return {
    faults: {
      get: lab.faults,
      put: changeOf(faultList, lab.setFaults),
      delete: () => {
        lab.setFaults([])
      },
    },
    approval: { get: lab.approval, put: changeOf(approvalSettings, lab.setApproval) },
    signing: { get: lab.signing, put: changeOf(signingSettings, lab.setSigning) },
    restart: {
      post: changeOf(restartRequest, ({ state = 'keep', down = '0s' }) => {
        lab.restart({ state, downMs: msOf(down) })
      }),
    },
  }
}
