import manifest from '../package.json' with { type: 'json' }

/** certlet's own version, from package.json. */
export const version = manifest.version
