import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { buildDeb } from '../../scripts/build-deb.ts'
import { startLab } from '../../src/lab/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { Machine, whyNoSystemd } from './node-under-systemd.ts'

const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined

describe('the Debian package', function () {
  this.timeout(300_000)
  const folder = temporaryFolder()
  let deb = ''

  before(async function () {
    if (!has('dh')) {
      console.log('      skipped: there is no debhelper on this machine')
      this.skip()
    }
    deb = await buildDeb()
  })

  it('is clean to lintian', function () {
    if (!has('lintian')) {
      console.log('      skipped: there is no lintian on this machine')
      this.skip()
    }
    const args = ['--allow-root', '--fail-on', 'error,warning', deb]
    const { status, stdout } = spawnSync('lintian', args, { encoding: 'utf8' })
    assert.equal(stdout, '')
    assert.equal(status, 0)
  })

  it('is installed, starts by itself, is upgraded without touching credentials, removed and purged', async function () {
    const why = whyNoSystemd(folder.path)
    if (why !== undefined) {
      console.log(`      skipped: ${why}`)
      this.skip()
    }
    await using lab = await startLab()
    const node = new Machine(folder)
    node.token(lab, '/root/bootstrap.conf')
    copyFileSync(deb, folder.file('certlet.deb'))
    const current = '/var/lib/kubelet/pki/kubelet-client-current.pem'
    const printed = await node.run(`
      put_in() { DEBIAN_FRONTEND=noninteractive dpkg -i /certlet.deb >/dev/null 2>&1; }
      put_in
      until_is certlet.path ActiveState "^active$"
      echo "installed: $(shown certlet ActiveState) $(shown certlet.path ActiveState) $(systemctl is-enabled certlet)"
      certlet --version | cut -d' ' -f1
      echo 'hostname-override: n1' >>/etc/certlet/config.yaml
      mkdir -p /etc/kubernetes
      /usr/bin/install -m 600 /root/bootstrap.conf /etc/kubernetes/bootstrap-kubelet.conf
      until_is certlet ActiveState '^active$'
      before=$(sha256sum ${current}) pid=$(shown certlet MainPID)
      put_in
      until_is certlet MainPID "^[1-9]"
      for _ in $(seq 200); do [ "$(shown certlet MainPID)" = $pid ] || break; sleep 0.1; done
      until_is certlet ActiveState '^active$'
      [ "$(shown certlet MainPID)" != $pid ] && echo 'upgraded: another process'
      [ "$(sha256sum ${current})" = "$before" ] && echo 'upgraded: the same credential'
      grep -c n1 /etc/certlet/config.yaml
      dpkg -r certlet >/dev/null 2>&1
      echo "removed: $(shown certlet ActiveState), binary $(test -e /usr/bin/certlet && echo there || echo gone)"
      [ "$(sha256sum ${current})" = "$before" ] && test -e /etc/certlet/config.yaml && echo 'removed: credential and configuration stay'
      dpkg -P certlet >/dev/null 2>&1
      test ! -e /etc/certlet && [ "$(sha256sum ${current})" = "$before" ] && echo 'purged: the credential stays'`)
    assert.equal(
      printed,
      `installed: inactive active enabled
certlet
upgraded: another process
upgraded: the same credential
1
removed: inactive, binary gone
removed: credential and configuration stay
purged: the credential stays
`,
    )
  })
})
