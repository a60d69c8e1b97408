import { useEffect, useRef } from 'preact/hooks'

/** All keys of the page, as they are shown. */
export const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['j', '↓'], 'next request'],
  [['k', '↑'], 'previous request'],
  [['Home', 'End'], 'first, last request that is shown'],
  [['Enter'], 'look closer at the request'],
  [['a'], 'approve it: the reason, then Enter'],
  [['d'], 'deny it: the reason, then Enter'],
  [['/'], 'filter the requests'],
  [['1', '2', '3', '4'], 'requests, nodes, tokens, faults'],
  [['Esc'], 'back'],
  [['?'], 'these keys'],
]

/**
 * Calls back for keys that are pressed alone and are not meant for a field.
 * @param onKey - returns whether it did something.
 */
export function useKeys(onKey: (key: string, target: Element | undefined) => boolean): void {
  const latest = useRef(onKey)
  latest.current = onKey
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : undefined
      const field = target?.matches('input:not([type=checkbox]), textarea, select') === true
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return
      if (document.querySelector('dialog[open]') || (field && event.key !== 'Escape')) return
      if (latest.current(event.key, target)) event.preventDefault()
    }
    document.addEventListener('keydown', listen)
    return () => {
      document.removeEventListener('keydown', listen)
    }
  }, [])
}
