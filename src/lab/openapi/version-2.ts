/**
 * An OpenAPI 2 document without content: kubectl before 1.29 will not create anything unless it gets one, and then takes what it needs
 * from OpenAPI 3. Source: kube-openapi pkg/handler/handler.go; gnostic openapiv2/OpenAPIv2.proto.
 */
import protobuf from 'protobufjs/minimal.js'

export const PROTOBUF_V2 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

const SWAGGER = '2.0'
const TITLE = 'Kubernetes'

const tag = (field: number): number => (field << 3) | 2

export interface OpenApi2Document {
  readonly json: Uint8Array
  readonly protobuf: Uint8Array
}

export function openApi2(minor: number): OpenApi2Document {
  const version = `v1.${minor}.0`
  const document = { swagger: SWAGGER, info: { title: TITLE, version }, paths: {} }
  const info = protobuf.Writer.create().uint32(tag(1)).string(TITLE).uint32(tag(2)).string(version).finish()
  const message = protobuf.Writer.create().uint32(tag(1)).string(SWAGGER).uint32(tag(2)).bytes(info)
  return { json: Buffer.from(JSON.stringify(document)), protobuf: message.finish() }
}
