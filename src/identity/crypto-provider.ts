import './reflect-polyfill.ts' // must stand first
import { Crypto } from '@peculiar/webcrypto'
import * as x509 from '@peculiar/x509'

/**
 * @peculiar/x509 with what it needs loaded before it. Import it from here only, and hand `cryptoProvider` to each of its calls: the
 * library's own registry of providers stays untouched.
 */
export { x509 }

/** The Web Crypto provider of every key and signature that certlet makes. To change the provider, change it here. */
export const cryptoProvider = new Crypto()
