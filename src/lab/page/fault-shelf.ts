import { type Fault, readFaults } from '../faults/fault.ts'
import type { Lab } from '../lab.ts'
import type { FaultView } from './protocol.ts'

/** The lab's faults, and those that were switched off and may come back. */
export interface FaultShelf {
  list(): FaultView[]
  /** Takes over what was set elsewhere. */
  refresh(): void
  /** @returns whether there is such a fault. */
  turn(id: number, on: boolean): boolean
  remove(id: number): boolean
  /** Puts faults in force, after those that are. @throws DocumentError naming line and field */
  add(text: string): void
}

interface Entry {
  readonly id: number
  readonly fault: Fault
  readonly on: boolean
}

export function createFaultShelf(lab: Pick<Lab, 'faults' | 'setFaults'>): FaultShelf {
  let lastId = 0
  const entryOf = (fault: Fault): Entry => ({ id: ++lastId, fault, on: true })
  let entries = lab.faults.map(entryOf)
  let applied = lab.faults

  const refresh = (): void => {
    if (lab.faults === applied) return
    applied = lab.faults
    entries = [...applied.map(entryOf), ...entries.filter(({ on }) => !on)]
  }
  const put = (next: Entry[]): void => {
    entries = next
    lab.setFaults(entries.filter(({ on }) => on).map(({ fault }) => fault))
    applied = lab.faults
  }
  return {
    list: () => {
      refresh()
      return entries.map(({ id, on, fault }) => ({ id, on, text: textOf(fault) }))
    },
    refresh,
    turn: (id, on) => {
      refresh()
      if (!entries.some((entry) => entry.id === id)) return false
      put(entries.map((entry) => (entry.id === id ? { ...entry, on } : entry)))
      return true
    },
    remove: (id) => {
      refresh()
      if (!entries.some((entry) => entry.id === id)) return false
      put(entries.filter((entry) => entry.id !== id))
      return true
    },
    add: (text) => {
      const faults = readFaults(text, 'faults')
      refresh()
      put([...entries, ...faults.map(entryOf)])
    },
  }
}

function textOf({ fault: kind, ...fields }: Fault): string {
  return Object.entries({ fault: kind, ...fields })
    .map(([field, value]) => `${field}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
