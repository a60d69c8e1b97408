import { readFileSync } from 'node:fs'
import { parseDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { type LabOptions, type ListReader, readApprovalRules, readFaults } from '../lab/index.ts'
import { bootstrapTokenId } from '../kubeconfig/token.ts'
import type { Flags } from './command.ts'
import { countOf, listOf, textOf } from './common-flags.ts'
import { loadObjects } from './load-objects.ts'

/** The lab that the flags ask for. @throws CertletError USAGE, naming the flag or the file, the line and the field */
export function labOptionsOf(flags: Flags): LabOptions {
  const token = textOf(flags, 'token')
  const pkiDir = textOf(flags, 'pki-dir')
  const stateDir = textOf(flags, 'state-dir')
  if (token !== undefined && bootstrapTokenId(token) === undefined)
    throw new CertletError('TOKEN_MALFORMED', 'Cannot use --token: it is no bootstrap token')
  const approvalRules = listIn(flags, 'approval-rules', readApprovalRules)
  const faults = listIn(flags, 'faults', readFaults)
  const host = textOf(flags, 'host')
  const loadPath = textOf(flags, 'load')
  const loaded = loadPath === undefined ? undefined : loadObjects(loadPath)
  const fault = textOf(flags, 'signing-fault')
  // The recorded servers had this one.
  const issuer = textOf(flags, 'service-account-issuer') ?? (loaded?.whole ? 'https://k' : undefined)
  return {
    ...(host !== undefined && { host }),
    names: listOf(flags, 'apiserver-cert-extra-sans'),
    port: Number(flags['port']),
    ...(loaded && { objects: loaded.objects, kubeadmPolicy: !loaded.whole }),
    emulate: (textOf(flags, 'emulate') ?? (loaded?.whole ? '1.26' : '1.36')) as NonNullable<LabOptions['emulate']>,
    ...(issuer !== undefined && { serviceAccountIssuer: issuer }),
    protobuf: flags['protobuf'] === true,
    anonymousAuth: flags['anonymous-auth'] !== false,
    featureGates: listOf(flags, 'feature-gates') as NonNullable<LabOptions['featureGates']>,
    maxRequestsInflight: countOf(flags, 'max-requests-inflight', 0),
    maxMutatingRequestsInflight: countOf(flags, 'max-mutating-requests-inflight', 0),
    ...(token !== undefined && { token }),
    ...(pkiDir !== undefined && { pkiDir }),
    ...(stateDir !== undefined && { stateDir }),
    approve: flags['approve'] as NonNullable<LabOptions['approve']>,
    approveServing: flags['approve-serving'] === true,
    ...(approvalRules && { approvalRules }),
    ...(faults && { faults }),
    sign: flags['sign'] === 'on',
    signing: {
      duration: durationText(flags, 'signing-duration'),
      delay: durationText(flags, 'signing-delay'),
      notBeforeOffset: durationText(flags, 'not-before-offset', /^[-+]/),
      ...(fault !== undefined && { fault: fault as NonNullable<NonNullable<LabOptions['signing']>['fault']> }),
    },
  }
}

/** @param sign - what may stand before the duration. */
function durationText(flags: Flags, name: string, sign = /^/): string {
  const text = textOf(flags, name) ?? ''
  if (parseDuration(text.replace(sign, '')) !== undefined) return text
  throw new CertletError('USAGE', `--${name} "${text}" is not a duration like 90s, 5m or 1h30m`)
}

/** The list in the file that a flag names. */
function listIn<T>(flags: Flags, name: string, read: ListReader<T>): readonly T[] | undefined {
  const path = textOf(flags, name)
  if (path === undefined) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new CertletError(
      'USAGE',
      `Cannot read --${name} "${path}" (${String((error as NodeJS.ErrnoException).code)})`,
    )
  }
  try {
    return read(text, path)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new CertletError('USAGE', `Cannot use --${name}: ${error.message}`, { cause: error })
  }
}
