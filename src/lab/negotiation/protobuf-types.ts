/** The type of everything that can be sent as protobuf, by what it says it is. */
import { apiVersionOf } from '../resources/resource.ts'
import { resources } from '../resources/resources.ts'
import { documentTypes, listOf } from '../schema/documents.ts'
import { reviewTypes } from '../schema/reviews.ts'
import type { StructSchema } from '../schema/schema.ts'

const objectTypes = new Map<string, StructSchema>()

/** Undefined for a kind that nobody sends. */
export function protobufType({ apiVersion, kind }: { apiVersion: string; kind: string }): StructSchema | undefined {
  if (objectTypes.size === 0) {
    for (const resource of resources) {
      const name = `${apiVersionOf(resource)} ${resource.kind}`
      objectTypes.set(name, resource.type).set(`${name}List`, listOf(resource.type))
    }
  }
  return documentTypes[kind] ?? reviewTypes[kind] ?? objectTypes.get(`${apiVersion} ${kind}`)
}
