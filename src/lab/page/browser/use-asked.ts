import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, wordsOf } from './server.ts'

/** Time between two answers to the same question, ms. */
const REST_MS = 500

export interface Asked<T> {
  readonly value: T | undefined
  readonly error: string | undefined
}

/**
 * What the server says to a question, asked anew when `occasion` changes, not more often than every half second; what was said before
 * stays meanwhile.
 * @param path - undefined for no question.
 */
export function useAsked<T>(path: string | undefined, occasion: unknown): Asked<T> {
  const [answer, setAnswer] = useState<Asked<T> & { path: string | undefined }>({
    ...{ path: undefined, value: undefined, error: undefined },
  })
  const last = useRef({ path: '', at: 0 })
  useEffect(() => {
    if (path === undefined) return undefined
    let current = true
    const wait = last.current.path === path ? Math.max(0, last.current.at + REST_MS - Date.now()) : 0
    const timer = setTimeout(() => {
      last.current = { path, at: Date.now() }
      ask('GET', path).then(
        (value) => {
          if (current) setAnswer({ path, value: value as T, error: undefined })
        },
        (error: unknown) => {
          if (current) setAnswer({ path, value: undefined, error: wordsOf(error) })
        },
      )
    }, wait)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [path, occasion])
  return answer.path === path ? answer : { value: undefined, error: undefined }
}
