/** What the page asks for: reading the board, and acting on the lab. No transport. */
import {
  boolean,
  exactOptional,
  type GenericSchema,
  maxLength,
  minLength,
  picklist,
  pipe,
  strictObject,
  string,
} from 'valibot'
import { SIGNING_FAULTS } from '../controllers/signing-faults.ts'
import { DocumentError, readDocument } from '../documents/document.ts'
import type { Lab } from '../lab.ts'
import type { Board } from './board.ts'

export interface PageAnswer {
  readonly status: number
  /** Sent as JSON; nothing unless set. */
  readonly body?: object
}

const DONE: PageAnswer = { status: 204 }
const refused = (status: number, error: string): PageAnswer => ({ status, body: { error } })
const NOT_FOUND = refused(404, 'there is nothing of that name any more')

const text = (most: number) => pipe(string(), maxLength(most, `this is longer than ${most} characters`))

const decision = strictObject({
  verdict: picklist(['approve', 'deny']),
  reason: pipe(text(128), minLength(1, 'a decision needs a reason')),
  message: text(1024),
})
const faultsText = strictObject({ text: text(32_768) })
const turned = strictObject({ on: boolean() })
const approval = strictObject({ mode: picklist(['auto', 'manual', 'none', 'deny']) })
const signing = strictObject({
  enabled: exactOptional(boolean()),
  fault: exactOptional(picklist(['', ...SIGNING_FAULTS])),
})

/**
 * @param path - below `api/`, its parts decoded.
 * @param body - JSON, empty where there is none.
 */
export async function answerPage(
  { board, lab }: { board: Board; lab: Lab },
  { method, path, body }: { method: string; path: readonly string[]; body: string },
): Promise<PageAnswer> {
  const read = <T>(schema: GenericSchema<unknown, T>): T => readDocument(schema, body, 'what the page has sent')
  const [what = '', name = '', action = ''] = path
  try {
    switch (`${method} ${[what, name && '*', action].filter(Boolean).join('/')}`) {
      case 'GET requests/*': {
        const detail = await board.detail(name)
        return detail ? { status: 200, body: detail } : NOT_FOUND
      }
      case 'POST requests/*/decision': {
        const { status, message = '' } = await board.decide(name, read(decision))
        return status === 200 ? DONE : refused(status, message)
      }
      case 'GET nodes':
        return { status: 200, body: board.nodes() }
      case 'GET tokens':
        return { status: 200, body: board.tokens() }
      case 'POST faults':
        board.faults.add(read(faultsText).text)
        return DONE
      case 'PUT faults/*':
        return board.faults.turn(Number(name), read(turned).on) ? DONE : NOT_FOUND
      case 'DELETE faults/*':
        return board.faults.remove(Number(name)) ? DONE : NOT_FOUND
      case 'PUT approval':
        lab.setApproval({ ...lab.approval, ...read(approval) })
        return DONE
      case 'PUT signing': {
        const { enabled = lab.signing.enabled, fault: wanted } = read(signing)
        const { fault: former, ...rest } = lab.signing
        const fault = wanted ?? former
        lab.setSigning({ ...rest, enabled, ...(fault && { fault }) })
        return DONE
      }
      default:
        return refused(404, 'the page’s server has no such path')
    }
  } catch (error) {
    if (error instanceof DocumentError) return refused(400, error.message)
    throw error
  }
}
