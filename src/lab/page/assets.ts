/** The page's own files. */
export interface Assets {
  readonly html: string
  readonly script: string
  readonly style: string
  readonly icon: string
}

/** scripts/bundle-options.ts makes them of the browser part and puts them in this module's place; there are none where the sources run. */
export const assets: Assets = { html: '', script: '', style: '', icon: '' }
