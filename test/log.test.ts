import assert from 'node:assert/strict'
import { createLog, type Level, type Log, type LogFormat } from '../src/log.ts'

describe('log', () => {
  function logTo(lines: string[], format: LogFormat, least: Level = 'info'): Log {
    return createLog((line) => lines.push(line), { format, least, now: () => new Date(0) })
  }

  it('writes text for people', () => {
    const lines: string[] = []
    const log = logTo(lines, 'text').with({ node: 'n1' })
    log.info('done', { names: ['a', 'b'], none: undefined })
    log.warn('careful')
    assert.deepEqual(lines, ['done  (node=n1 names=a,b)\n', 'warning: careful  (node=n1)\n'])
  })

  it('writes one JSON object a line', () => {
    const lines: string[] = []
    logTo(lines, 'json').error('no\nway', { n: 1 })
    assert.deepEqual(lines, ['{"time":"1970-01-01T00:00:00.000Z","level":"error","msg":"no\\nway","n":1}\n'])
  })

  it('leaves out what is less urgent', () => {
    const lines: string[] = []
    const log = logTo(lines, 'text', 'warn')
    log.debug('a')
    log.info('b')
    log.error('c')
    assert.deepEqual(lines, ['error: c\n'])
  })

  it('does not let a text from outside start a line or move the cursor', () => {
    const lines: string[] = []
    logTo(lines, 'text').info('a', { said: 'x\nerror: y\u001b[2J' })
    assert.deepEqual(lines, ['a  (said=x error: y [2J)\n'])
  })
})
