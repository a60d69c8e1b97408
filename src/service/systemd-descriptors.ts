/** First descriptor that systemd hands over. Source: sd_listen_fds(3), SD_LISTEN_FDS_START. */
const FIRST = 3

/**
 * Descriptors that systemd has handed to this process, by name; of several with one name the first.
 * Source: sd_listen_fds(3); `OpenFile=` of systemd.service(5) hands files over in the same way.
 */
export function inheritedDescriptors(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): ReadonlyMap<string, number> {
  const count = Number(env['LISTEN_FDS'])
  if (Number(env['LISTEN_PID']) !== pid || !Number.isInteger(count) || count <= 0) return new Map()
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':')
  const all = Array.from({ length: count }, (_, index) => [names[index] ?? 'unknown', FIRST + index] as const)
  return new Map(all.reverse())
}

/** Names by which systemd speaks to one process alone: a child that inherited them would speak for it. */
const OWN = /^(NOTIFY_SOCKET|WATCHDOG_(USEC|PID)|LISTEN_(FDS|PID|FDNAMES|PIDFDID))$/

/** The environment without what systemd meant for this process alone. */
export function withoutSystemd(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || OWN.test(name) ? [] : [[name, value]])),
  )
}
