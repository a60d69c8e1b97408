/** Cells of tables. Source: `pkg/printers/internalversion/printers.go`, `staging/src/k8s.io/apimachinery/pkg/util/duration`. */
import type { KubeObject } from '../storage.ts'
import type { Column, TableShape } from './resource.ts'

/** Name and age are described in every table by the swagger documentation of ObjectMeta. */
export const nameColumn: Column = {
  name: 'Name',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: http://kubernetes.io/docs/user-guide/identifiers#names',
}

const CREATION_TIMESTAMP =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata'

export const ageColumn: Column = { name: 'Age', description: CREATION_TIMESTAMP }

/** For kinds without columns of their own. Source: `staging/src/k8s.io/apiserver/pkg/registry/rest/table.go`. */
export const defaultTable: TableShape = {
  columns: [nameColumn, { name: 'Created At', description: CREATION_TIMESTAMP }],
  cells: (object) => [object.metadata.name ?? '', object.metadata.creationTimestamp ?? ''],
}

/** The age of an object, `<unknown>` without a creation time. */
export function age(object: KubeObject, now: Date): string {
  return since(object.metadata.creationTimestamp, now)
}

export function since(time: string | undefined, now: Date): string {
  return time === undefined ? '<unknown>' : humanDuration((now.getTime() - Date.parse(time)) / 1000)
}

/** `duration.HumanDuration`: two units at most, fewer the longer it is. */
export function humanDuration(seconds: number): string {
  const whole = Math.trunc(seconds)
  if (whole < -1) return '<invalid>'
  if (whole < 0) return '0s'
  if (whole < 60 * 2) return `${whole}s`
  const minutes = Math.trunc(whole / 60)
  if (minutes < 10) return whole % 60 === 0 ? `${minutes}m` : `${minutes}m${whole % 60}s`
  if (minutes < 60 * 3) return `${minutes}m`
  const hours = Math.trunc(whole / 3600)
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`
  if (hours < 48) return `${hours}h`
  if (hours < 24 * 8)
    return hours % 24 === 0 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24)}d${hours % 24}h`
  const days = Math.trunc(hours / 24)
  if (days < 365 * 2) return `${days}d`
  const years = Math.trunc(days / 365)
  if (years < 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`
  return `${years}y`
}
