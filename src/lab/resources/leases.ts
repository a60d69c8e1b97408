/** Leases. Source: pkg/registry/coordination/lease/strategy.go, pkg/apis/coordination/validation/validation.go. */
import { type FieldError, invalid } from '../field-error.ts'
import { leaseType } from '../schema/coordination.ts'
import type { KubeObject } from '../storage.ts'
import { subdomainName } from '../validation.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import type { Resource } from './resource.ts'

function validate(lease: KubeObject): FieldError[] {
  const spec = (lease['spec'] ?? {}) as { leaseDurationSeconds?: number; leaseTransitions?: number }
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = spec
  const errors: FieldError[] = []
  if (duration !== undefined && duration <= 0)
    errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'))
  if (transitions !== undefined && transitions < 0)
    errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'))
  return errors
}

export const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  singular: 'lease',
  kind: 'Lease',
  namespaced: true,
  unconditionalUpdate: false,
  createOnUpdate: true,
  type: leaseType,
  nameRule: subdomainName,
  strategy: { validate },
  table: {
    columns: [
      nameColumn,
      { name: 'Holder', description: 'holderIdentity contains the identity of the holder of a current lease.' },
      ageColumn,
    ],
    cells: (object, now) => {
      const { holderIdentity = '' } = (object['spec'] ?? {}) as { holderIdentity?: string }
      return [object.metadata.name ?? '', holderIdentity, age(object, now)]
    },
  },
}
