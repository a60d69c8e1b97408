/** The page's own files, which scripts/build.ts makes of the browser part and puts in; there are none where the sources run. */
declare const CERTLET_PAGE: Assets | undefined

export interface Assets {
  readonly html: string
  readonly script: string
  readonly style: string
  readonly icon: string
}

export const assets: Assets =
  typeof CERTLET_PAGE === 'undefined' ? { html: '', script: '', style: '', icon: '' } : CERTLET_PAGE
