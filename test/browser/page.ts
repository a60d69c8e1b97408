/** The lab's page in a real Chromium: `npm run test:browser`. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import type { FullRequest } from '../../src/probe/request-description.ts'
import { chromiumPath, NO_CHROMIUM } from '../support/browser.ts'
import { temporaryFolder } from '../support/folder.ts'
import { openLabPage, readBack, request, requestObject } from '../support/lab-page.ts'
import { send } from '../support/lab-client.ts'
import { CSRS } from '../support/lab-requests.ts'

const live = (page: Page): Promise<void> => page.locator('.connection.live').waitFor()
const node = (name: string): Partial<FullRequest> => ({
  subject: [{ O: 'system:nodes' }, { CN: `system:node:${name}` }],
})
const VIEWS = ['requests', 'nodes', 'tokens', 'faults'] as const

describe('the lab’s page', function () {
  this.timeout(90_000)
  const folder = temporaryFolder()

  before(() => {
    if (chromiumPath() === undefined) throw new Error(NO_CHROMIUM)
  })

  it('lets one browser in by each link; the next link is in the file; no script reads the cookie', async () => {
    await using opened = await openLabPage()
    const first = await opened.visitor()
    await first.page.goto(opened.link)
    await live(first.page)
    assert.equal(
      await first.page.evaluate(() => (globalThis as unknown as { document: { cookie: string } }).document.cookie),
      '',
    )
    const second = await opened.visitor()
    await second.page.goto(opened.link)
    await second.page.getByRole('alert').getByText('This link was used already').waitFor()
    assert.notEqual(opened.nextLink(), opened.link)
    // The same document with another fragment: that alone loads nothing.
    await second.page.goto('about:blank')
    await second.page.goto(opened.nextLink())
    await live(second.page)
    // Who has a cookie already comes in without a link, and with a spent one.
    await first.page.reload()
    await live(first.page)
    await first.page.goto('about:blank')
    await first.page.goto(opened.link)
    await live(first.page)
    const third = await opened.visitor()
    await third.page.goto(opened.link.replace(/#.*/, ''))
    await third.page.getByRole('alert').getByText('Open this page by the link').waitFor()
  })

  it('denies with a reason, says what the API server says against another decision, and shows who would approve', async () => {
    await using opened = await openLabPage('--approve', 'manual')
    const { page, troubles } = await opened.visitor()
    await page.goto(opened.link)
    await request(opened.lab, 'one', node('n1'))
    await page.locator('[role=option]').first().click()
    await page.locator('.opinions').getByText('kubeadm:node-autoapprove-bootstrap').waitFor()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('NotOurs')
    await page.getByRole('textbox', { name: 'Message' }).fill('who are you?')
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.locator('.line .denied').waitFor()
    await page.getByText('who are you?').waitFor()
    assert.match((await readBack(opened.lab, 'one')).text, /"reason":"NotOurs","message":"who are you\?"/)
    assert.deepEqual(troubles, [])
    // Somebody else decides while the form is open: the lab's answer stands there, and the form with it.
    await request(opened.lab, 'two', node('n2'))
    await page.route('**/decision', async (route) => {
      await page.context().request.post(route.request().url(), {
        data: { verdict: 'deny', reason: 'Elsewhere', message: '' },
        headers: { origin: new URL(opened.link).origin },
      })
      await route.continue()
    })
    await page.locator('[role=option]').filter({ hasText: 'two' }).click()
    await page.getByRole('button', { name: 'Approve' }).click()
    const [refused] = await Promise.all([
      page.waitForResponse('**/decision'),
      page.getByRole('textbox', { name: 'Reason' }).press('Enter'),
    ])
    assert.equal(refused.status(), 422)
    await page.locator('.line .denied').waitFor()
    await page.getByRole('alert').getByText('Approved and Denied conditions are mutually exclusive').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('form').waitFor({ state: 'detached' })
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0)
  })

  it('shows whatever a request says as text: no markup, no code, nothing that turns the writing, nothing from elsewhere', async () => {
    const subjects: readonly string[] = [
      '<img src=https://evil.example/x onerror=alert(1)>',
      '</script><script>alert(2)</script>',
      '"><svg onload=alert(3)>',
      'javascript:alert(4)',
      '\u202Eevil\u202C',
      '${alert(5)}{{7*7}}',
      'a'.repeat(3000),
      '\u0000\u001b[31m\r\n',
    ]
    await using opened = await openLabPage('--approve', 'manual')
    const { page, troubles } = await opened.visitor({ viewport: { width: 360, height: 740 } })
    await page.goto(opened.link)
    await live(page)
    for (const [index, CN] of subjects.entries()) {
      await request(opened.lab, `hostile-${index}`, {
        subject: [{ O: 'system:nodes' }, { O: CN }, { CN }],
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
      })
    }
    await page.getByText(`hostile-${subjects.length - 1}`).waitFor()
    for (const index of subjects.keys()) {
      await page
        .getByRole('option')
        .filter({ hasText: `hostile-${index}` })
        .click()
      await page.getByRole('heading', { name: `hostile-${index}` }).waitFor()
      await fits(page)
      await page.keyboard.press('Escape')
    }
    assert.equal(await page.locator('img, svg, body script, iframe, a[href]').count(), 0)
    await page.getByText('⟨U+202E⟩evil⟨U+202C⟩').first().waitFor()
    assert.equal(await page.getByText('\u202E').count(), 0)
    assert.deepEqual(troubles, [])
  })

  it('shows names, alternative names, usernames, groups, conditions and tokens as text, whoever made them up', async () => {
    const markup = '<img src=x onerror=alert(1)>'
    const turned = '\u202Egnp.exe'
    const names = [markup, `"><svg onload=alert(2)>`, turned, '__proto__', 'a?b#c&d', `x${'y'.repeat(400)}`]
    const made = (await requestObject('x', {
      ...{ signerName: 'example.com/own', usages: ['client auth'] },
      sans: [
        { dns: markup },
        { email: `"${markup}"@evil.example` },
        { uri: `javascript:alert(3)//${'z'.repeat(400)}` },
      ],
    })) as { metadata: object; spec: object }
    const condition = {
      type: 'Approved',
      status: 'True',
      reason: `${markup}${'r'.repeat(400)}`,
      message: `${turned}\n${markup}`,
    }
    const token = {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token' },
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      stringData: {
        ...{ 'token-id': 'abcdef', 'token-secret': '0123456789abcdef' },
        ...{ description: `${markup} ${turned}${'d'.repeat(400)}`, 'auth-extra-groups': 'system:bootstrappers:a' },
      },
    }
    await using opened = await openLabPage('--approve', 'manual')
    const { admin } = opened
    const create = async (path: string, body: object, headers: Record<string, string> = {}): Promise<void> => {
      const reply = await admin('POST', path, { body, headers })
      assert.equal(reply.status, 201, reply.text)
    }
    const impersonated = { 'impersonate-user': markup, 'impersonate-group': 'system:masters' }
    for (const name of names) await create(CSRS, { ...made, metadata: { name } }, impersonated)
    await create('/api/v1/namespaces/kube-system/secrets', token)
    const approval = `${CSRS}/${encodeURIComponent(markup)}/approval`
    const stored = (await admin('GET', `${CSRS}/${encodeURIComponent(markup)}`)).body
    const decided = { ...stored, status: { conditions: [condition] } }
    assert.equal((await admin('PUT', approval, { body: decided })).status, 200)

    const { page, troubles } = await opened.visitor({ viewport: { width: 360, height: 740 } })
    await page.goto(opened.link)
    await page.getByRole('button', { name: new RegExp(`Requests ${names.length}`, 'i') }).waitFor()
    for (const name of names) {
      const shown = name.replace('\u202E', '⟨U+202E⟩')
      await page.locator('[role=option]').filter({ hasText: shown }).first().click()
      await page.getByRole('heading', { name: shown, exact: true }).waitFor()
      await page.getByText(`DNS:${markup}`, { exact: true }).waitFor()
      await page.locator('.detail dd').getByText(markup, { exact: true }).first().waitFor() // the requestor
      await fits(page)
      if (name === markup) await page.getByText(`⟨U+202E⟩gnp.exe⟨U+000A⟩${markup}`).waitFor()
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('3')
    await page.getByText(`${markup} ⟨U+202E⟩gnp.exe`).waitFor()
    await fits(page)
    assert.equal(await page.locator('img, svg, body script, iframe, a[href]').count(), 0)
    assert.deepEqual(troubles, [])
  })

  it('switches faults off, on and away, and tells line and field of a mistake', async () => {
    await using opened = await openLabPage()
    const { page } = await opened.visitor()
    await page.goto(opened.link)
    await live(page)
    const status = async (): Promise<number> => (await send(opened.lab, 'GET', '/version')).status
    await page.keyboard.press('4')
    await page.getByLabel('Another one, from an example').selectOption('Everything: 503')
    await page.getByRole('button', { name: 'Put in force' }).click()
    const fault = page.getByRole('switch', { name: 'fault: status, code: 503' })
    await fault.waitFor()
    assert.equal(await status(), 503)
    await fault.click()
    await page.getByRole('button', { name: /Faults 0/i }).waitFor()
    assert.equal(await status(), 200)
    await fault.click()
    await page.getByRole('button', { name: /Faults 1/i }).waitFor()
    assert.equal(await status(), 503)
    await page.getByRole('button', { name: /Remove the fault/ }).click()
    await fault.waitFor({ state: 'detached' })
    assert.equal(await status(), 200)
    await page.getByLabel('As YAML').fill('- fault: slow\n  delay: soon')
    await page.getByRole('button', { name: 'Put in force' }).click()
    await page.getByRole('alert').getByText('faults, line 2, 0.delay').waitFor()
    await page.getByLabel('Approves').selectOption('deny')
    await request(opened.lab, 'one', node('n1'))
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /Requests 1/i }).click()
    await page.locator('[role=option]').getByText('denied').waitFor()
  })

  it('works with a thousand requests, by keys, by filter, and while more come', async () => {
    const one = (await requestObject('x', node('n1'))) as { metadata: object }
    const items = Array.from({ length: 1000 }, (_, index) => ({
      ...one,
      metadata: { name: `csr-${String(index).padStart(4, '0')}` },
    }))
    writeFileSync(folder.file('many.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    await using opened = await openLabPage('--approve', 'manual', '--load', folder.file('many.json'))
    const { page, troubles } = await opened.visitor()
    await page.goto(opened.link)
    await page.getByRole('button', { name: /Requests 1000/i }).waitFor()
    assert.equal(await page.locator('[role=option]').count(), 200)
    await page.getByRole('listbox').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: 'csr-0200' }).waitFor()
    assert.equal(await page.locator('[role=option]').count(), 400)
    await page.keyboard.press('/')
    await page.keyboard.type('csr-099')
    await page.getByText('10 of 1000').waitFor()
    await page.locator('[role=option]').filter({ hasText: 'csr-0999' }).click()
    await page.getByRole('heading', { name: 'csr-0999' }).waitFor()
    await request(opened.lab, 'csr-0995-later', node('n2'))
    await page.locator('[role=option]').filter({ hasText: 'csr-0995-later' }).waitFor()
    await page.getByRole('heading', { name: 'csr-0999' }).waitFor()
    assert.deepEqual(troubles, [])
  })

  it('fits in 360 and 1600 pixels, dark and light, in every view', async () => {
    await using opened = await openLabPage()
    await request(opened.lab, 'one', node('n1.a-long-name.of.a.node.in.some.region.example.com'))
    const { page, troubles } = await opened.visitor()
    await page.goto(opened.link)
    await live(page)
    const grounds = new Set<string>()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      grounds.add(
        await page
          .locator('body')
          .evaluate(
            (body) => (getComputedStyle(body as never) as unknown as { backgroundColor: string }).backgroundColor,
          ),
      )
      for (const width of [360, 1600]) {
        await page.setViewportSize({ width, height: 800 })
        for (const [index, view] of VIEWS.entries()) {
          await page.keyboard.press(String(index + 1))
          await page.locator(`main.view-${view}`).waitFor()
          await fits(page)
        }
      }
    }
    assert.equal(grounds.size, 2)
    assert.deepEqual(troubles, [])
  })

  it('is usable by keys and names alone: each control has a name, and the keys are shown', async () => {
    await using opened = await openLabPage('--approve', 'manual')
    await request(opened.lab, 'one', node('n1'))
    const { page } = await opened.visitor()
    await page.goto(opened.link)
    await page.locator('[role=option]').waitFor()
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: 'one' }).waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await page.locator(':focus').textContent(), 'one')
    await page.keyboard.press('Tab')
    assert.match((await page.locator(':focus').textContent()) ?? '', /^Approve/)
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Escape')
    assert.equal(await page.getByRole('dialog').count(), 0)
    for (const view of [1, 2, 3, 4]) {
      await page.keyboard.press(String(view))
      for (const control of await page.locator('button, input, select, textarea, [role=listbox]').all()) {
        if (!(await control.isVisible())) continue
        const tree = await control.ariaSnapshot()
        assert.match(tree, /^- \w+ "[^"]+"/, tree)
      }
    }
  })

  it('says that the lab has stopped, and offers no more decisions', async () => {
    await using opened = await openLabPage('--approve', 'manual')
    await request(opened.lab, 'one', node('n1'))
    const { page } = await opened.visitor()
    await page.goto(opened.link)
    await page.locator('[role=option]').first().click()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    assert.equal(await opened.stop(), 0)
    await page.getByRole('alert').getByText('The lab does not answer').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Approve' }).isDisabled(), true)
  })
})

/** Nothing stands out to the right. */
async function fits(page: Page): Promise<void> {
  const { width } = page.viewportSize() ?? { width: 0 }
  const taken = await page.locator('html').evaluate((html) => (html as unknown as { scrollWidth: number }).scrollWidth)
  assert.ok(taken <= width, `${taken} px of ${width}`)
}

declare function getComputedStyle(element: never): string
