/** The suites that are built in, in the order in which they are listed. */
export const BUILT_IN = ['kubelet-client', 'kubelet-serving', 'hostile', 'generations', 'signer'] as const
export type BuiltIn = (typeof BUILT_IN)[number]
