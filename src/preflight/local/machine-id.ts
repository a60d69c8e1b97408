import { type Finding, ok, warn } from '../finding.ts'

export interface MachineFacts {
  /** Text of /etc/machine-id; undefined where there is none. */
  readonly text: string | undefined
  /** Whether keys are bound to the machine at all. */
  readonly binding: boolean
  /** What stands for the machine, see machineIdentity; undefined where the text holds no id. */
  readonly machine: string | undefined
  /** Files whose keys were made on another machine. */
  readonly madeElsewhere: readonly string[]
}

const SET_UP = 'systemd-machine-id-setup makes one; images should be shipped with an empty /etc/machine-id'

/**
 * Whether a copy of this disk would be noticed, and whether it is one. Two machines with one id cannot be told apart from here. The id
 * itself is confidential, and not shown. Source: machine-id(5).
 */
export function machineIdFinding({ text, binding, machine, madeElsewhere }: MachineFacts): Finding {
  if (!binding) return ok('machine-id', 'keys are not bound to this machine (--node-binding=false)')
  if (madeElsewhere.length > 0) {
    return warn(
      'machine-id',
      `this disk is a copy, or the id was made anew: ${madeElsewhere.join(', ')} has a key of another machine, and is not used`,
      'nothing, if a token is there: a new key is made; if the id changes by design, use --node-binding=false',
    )
  }
  if (machine !== undefined) return ok('machine-id', 'there is one, so that a copied disk would be noticed')
  return warn('machine-id', `/etc/machine-id ${faultOf(text)}: a copied disk would not be noticed`, SET_UP)
}

function faultOf(text: string | undefined): string {
  if (text === undefined) return 'is not there'
  const id = text.trim()
  if (id === '') return 'is empty'
  if (id === 'uninitialized') return 'says "uninitialized": the first boot has not come to its end'
  return /^0+$/.test(id) ? 'is all zeros' : 'holds no id (32 hexadecimal digits)'
}
