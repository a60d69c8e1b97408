import assert from 'node:assert/strict'
import { chromiumPath, NO_CHROMIUM } from '../../support/browser.ts'
import { openLabPage, readBack, request } from '../../support/lab-page.ts'

/** The short form; `npm run test:browser` has more. */
describe('the lab’s page, in Chromium', function () {
  this.timeout(60_000)

  before(function () {
    if (chromiumPath() !== undefined) return
    console.log(`      skipped: ${NO_CHROMIUM}`)
    this.skip()
  })

  it('opens by its link, shows a hostile request as text, and approves it by keys alone, up to its delivery', async () => {
    await using opened = await openLabPage('--approve', 'manual')
    const { lab, link } = opened
    const { page, troubles } = await opened.visitor()
    await page.goto(link)
    await page.locator('.connection.live').waitFor()
    assert.equal(page.url(), link.replace(/#.*/, ''))
    const markup = 'system:node:<img src=x onerror=alert(1)>'
    await request(lab, 'one', { subject: [{ O: 'system:nodes' }, { CN: markup }] })
    await page.locator('[role=option]').getByText(markup).waitFor()
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: 'one' }).waitFor()
    await page.keyboard.press('a')
    await page.getByRole('textbox', { name: 'Reason' }).fill('SeenInBrowser')
    await page.keyboard.press('Enter')
    await page.locator('.line .signed').waitFor()
    const { text } = await readBack(lab, 'one')
    assert.match(text, /"reason":"SeenInBrowser"/)
    await page.locator('.line .delivered').waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.deepEqual(troubles, [])
  })
})
