import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian, Ubuntu and others put it. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** Said where there is none. */
export const NO_CHROMIUM = 'There is no Chromium here: apt-get install chromium (or set CERTLET_CHROMIUM to its path)'

/** A Chromium of this machine; undefined where there is none. */
export function chromiumPath(): string | undefined {
  return [process.env['CERTLET_CHROMIUM'] ?? '', ...PLACES].find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return path !== ''
    } catch {
      return false
    }
  })
}

/** Starts it, without a window; nothing is downloaded. Ends with `close`. */
export function startChromium(executablePath: string): Promise<Browser> {
  // Root has no sandbox of Chromium's; the pages are our own.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return chromium.launch({ executablePath, args })
}
