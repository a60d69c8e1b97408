import { formatDuration } from '../duration.ts'

const DAY_MS = 86_400_000

/** `364d`, `1h30m`, and `-3d` of what is over. */
export function timeLeft(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime()
  const sign = ms < 0 ? '-' : ''
  const size = Math.abs(ms)
  if (size >= 2 * DAY_MS) return `${sign}${Math.floor(size / DAY_MS)}d`
  return `${sign}${formatDuration(size < 60_000 ? Math.floor(size / 1000) * 1000 : Math.floor(size / 60_000) * 60_000)}`
}

/** To the second, as Kubernetes writes moments. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
