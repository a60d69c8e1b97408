import type { Process } from './machine/process.ts'

/** Something that is to happen. */
export interface Entry {
  at: number
  readonly order: number
  /** To whom it happens; undefined: to the world. */
  readonly owner: Process | undefined
  readonly act: () => void | Promise<void>
  gone: boolean
}

/** True time, and what is to happen in it. No clock of a machine shows it. */
export interface Timeline {
  /** Since the world began, ms. */
  now: number
  /** When something changed last: a disk, the cluster, a report. */
  changedAt: number
  changed(): void
  after(ms: number, owner: Process | undefined, act: Entry['act']): Entry
  /** Takes what comes first; undefined if there is nothing before `limit`. */
  take(limit: number): Entry | undefined
  /** The next thing that the world does by itself; never is Infinity. */
  nextOfWorld(): number
  /** Everything of one owner comes later by so much, since its machine is asleep; sooner if negative: it wakes before its time. */
  delay(owner: (process: Process) => boolean, ms: number): void
}

export function createTimeline(): Timeline {
  let entries: Entry[] = []
  let order = 0
  const timeline: Timeline = {
    now: 0,
    changedAt: 0,
    changed: () => {
      timeline.changedAt = timeline.now
    },
    after: (ms, owner, act) => {
      const entry = { at: timeline.now + Math.max(0, ms), order: order++, owner, act, gone: false }
      entries.push(entry)
      return entry
    },
    take: (limit) => {
      let first: Entry | undefined
      let stale = 0
      for (const entry of entries) {
        if (entry.gone || entry.owner?.alive === false) stale++
        else if (!first || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry
      }
      if (stale > 20) entries = entries.filter((entry) => !entry.gone && entry.owner?.alive !== false)
      if (!first || first.at > limit) return undefined
      first.gone = true
      timeline.now = Math.max(timeline.now, first.at)
      return first
    },
    nextOfWorld: () =>
      entries.reduce((least, { owner, gone, at }) => (owner || gone ? least : Math.min(least, at)), Infinity),
    delay: (owner, ms) => {
      for (const entry of entries)
        if (entry.owner && owner(entry.owner)) entry.at = Math.max(timeline.now, entry.at + ms)
    },
  }
  return timeline
}
