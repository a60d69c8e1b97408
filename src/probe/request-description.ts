/** What a case asks for, as a suite says it. From it the request is made: see request-body.ts. */
import {
  array,
  boolean,
  check,
  description,
  exactOptional,
  type InferOutput,
  integer,
  minLength,
  minValue,
  number,
  picklist,
  pipe,
  record,
  regex,
  strictObject,
  string,
  union,
} from 'valibot'
import { ipOctets } from '../identity/ip-address.ts'

/** Keys that a case may have; the kubelet's is the first. */
export const PROBE_KEY_TYPES = [
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'rsa-1024',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ed25519',
] as const
export type ProbeKeyType = (typeof PROBE_KEY_TYPES)[number]

/** Short names of the signers of Kubernetes that a suite may use. Source: k8s.io/api certificates/v1. */
export const SHORT_SIGNERS = {
  'kubelet-client': 'kubernetes.io/kube-apiserver-client-kubelet',
  'kubelet-serving': 'kubernetes.io/kubelet-serving',
  client: 'kubernetes.io/kube-apiserver-client',
} as const

const hex = pipe(
  string(),
  check((text) => /^([0-9a-fA-F]{2}[ :]*)*$/.test(text), 'this is not hexadecimal: two digits for each octet'),
)
const address = pipe(
  string(),
  check(
    // What stands in the place of a placeholder comes from the probe.
    (text) => text.includes('${') || ipOctets(text) !== undefined,
    'this is not an IP address; octets that are none can be given as raw',
  ),
)
const oid = pipe(string(), regex(/^[0-2](\.\d+)+$/, 'this is no object identifier like 2.5.29.19'))

/** How a text of a name is encoded. */
export const STRING_TYPES = ['printable', 'utf8', 'ia5', 't61', 'bmp'] as const
const nameText = union([
  string(),
  strictObject({ text: string(), as: pipe(picklist(STRING_TYPES), description('type of string in the encoding')) }),
])

/** One relative distinguished name: more than one attribute makes it multi-valued. */
const relativeName = pipe(
  record(
    pipe(
      string(),
      regex(
        /^(CN|O|OU|C|L|ST|STREET|SERIALNUMBER|[0-2](\.\d+)+)$/,
        'an attribute is CN, O, OU, C, L, ST, STREET, SERIALNUMBER or an object identifier',
      ),
    ),
    union([nameText, array(nameText)]),
  ),
  description('attributes and their values; several in one make a multi-valued name'),
)

const alternativeName = union([
  strictObject({ dns: string() }),
  strictObject({ ip: address }),
  strictObject({ host: pipe(string(), description('a DNS name or an address, whichever the text is')) }),
  strictObject({ email: string() }),
  strictObject({ uri: string() }),
  strictObject({ raw: pipe(hex, description('DER of one GeneralName, hexadecimal')) }),
])

const requestedExtension = union([
  strictObject({
    basicConstraints: pipe(
      strictObject({ ca: boolean(), pathLength: exactOptional(pipe(number(), integer(), minValue(0))) }),
      description('asks to become a CA, or says not to'),
    ),
  }),
  strictObject({
    oid,
    critical: exactOptional(boolean()),
    value: pipe(hex, description('DER of the value, hexadecimal')),
  }),
])

const damage = union([
  strictObject({
    at: pipe(number(), integer(), description('offset in the DER; below 0 it counts from the end')),
    set: pipe(hex, description('octets that are written there, hexadecimal')),
  }),
  strictObject({
    at: pipe(number(), integer()),
    flip: pipe(hex, description('bits that are turned over there, hexadecimal')),
  }),
  strictObject({ cut: pipe(number(), integer(), minValue(1), description('how many octets are cut off at the end')) }),
  strictObject({ append: pipe(hex, description('octets after the end, hexadecimal')) }),
])

const pemForm = union([
  strictObject({
    label: exactOptional(pipe(string(), description('between BEGIN and END; CERTIFICATE REQUEST unless set'))),
    before: exactOptional(pipe(string(), description('text before the block'))),
    after: exactOptional(pipe(string(), description('text after the block, such as a second block'))),
  }),
  strictObject({ raw: pipe(string(), description('all of spec.request, instead of a request that is made')) }),
])

/** What may be said of a request; all has a default, which is what a kubelet of 1.27 and later sends. */
export const requestDescription = strictObject({
  signer: exactOptional(
    pipe(
      string(),
      minLength(1),
      description('kubelet-client (unless set), kubelet-serving, client, or any name of a signer'),
    ),
  ),
  key: exactOptional(pipe(picklist(PROBE_KEY_TYPES), description('type of the key; ecdsa-p256 unless set'))),
  keyOf: exactOptional(pipe(string(), description('name of a case before this one, whose key is used again'))),
  subject: exactOptional(
    pipe(
      array(relativeName),
      description('the subject, in its order; [{ O: system:nodes }, { CN: "system:node:${node}" }] unless set'),
    ),
  ),
  sans: exactOptional(
    pipe(
      array(alternativeName),
      description('subject alternative names, in their order; of the node for kubelet-serving, else none unless set'),
    ),
  ),
  usages: exactOptional(
    pipe(
      array(string()),
      description('spec.usages as they are sent; those of a kubelet for signer and key unless set'),
    ),
  ),
  expirationSeconds: exactOptional(pipe(number(), integer(), description('spec.expirationSeconds; absent unless set'))),
  extensions: exactOptional(
    pipe(array(requestedExtension), description('requested extensions besides subject alternative names')),
  ),
  signature: exactOptional(
    pipe(
      picklist(['own', 'broken', 'other-key']),
      description(
        'own unless set; broken: one that does not verify; other-key: one by a key that is not in the request',
      ),
    ),
  ),
  damage: exactOptional(pipe(array(damage), description('what is done to the finished DER, in this order'))),
  pem: exactOptional(pipe(pemForm, description('how the DER is wrapped, or the text that is sent instead'))),
})

/** A request as it stands in a suite. */
export type RequestDescription = InferOutput<typeof requestDescription>

/** A request with all defaults in place, and without placeholders: what it is made from. */
export interface FullRequest {
  /** The whole name. */
  readonly signerName: string
  readonly keyType: ProbeKeyType
  readonly subject: readonly RelativeName[]
  readonly sans: readonly AlternativeName[]
  readonly usages: readonly string[]
  readonly expirationSeconds?: number
  readonly extensions: readonly RequestedExtension[]
  readonly signature: 'own' | 'broken' | 'other-key'
  readonly damage: readonly Damage[]
  readonly pem: PemForm
}

export type RelativeName = InferOutput<typeof relativeName>
export type NameText = InferOutput<typeof nameText>
export type AlternativeName = InferOutput<typeof alternativeName>
export type RequestedExtension = InferOutput<typeof requestedExtension>
export type Damage = InferOutput<typeof damage>
export type PemForm = InferOutput<typeof pemForm>
