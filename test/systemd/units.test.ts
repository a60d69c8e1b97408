import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLab } from '../../src/lab/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { Machine, whyNoSystemd } from './node-under-systemd.ts'
import { program } from './program.ts'

const CONFIG = '/etc/certlet/config.yaml'
const CURRENT = '/var/lib/kubelet/pki/kubelet-client-current.pem'

describe('the units, under a real systemd', function () {
  this.timeout(90_000)
  let own = ''
  let certlet = ''

  before(async function () {
    own = mkdtempSync(join(tmpdir(), 'certlet-test-'))
    const why = whyNoSystemd(own)
    if (why !== undefined) {
      console.log(`      skipped: ${why}`)
      this.skip()
    }
    certlet = await program(join(own, 'certlet'))
  })

  after(() => {
    rmSync(own, { recursive: true, force: true })
  })

  const folder = temporaryFolder()
  const machine = (): Machine => {
    const made = new Machine(folder)
    made.installed(certlet)
    made.file(CONFIG, 'hostname-override: n1\n')
    return made
  }

  it('are what systemd expects, and exposed little', async () => {
    const units = ['certlet.service', 'certlet-bootstrap.service', 'certlet-renew.service']
    const printed = await machine().run(`
      # 252 does not know the key, and says so.
      known() { { grep -v "Unknown key.* 'OpenFile'" || true; } 2>&1; }
      systemd-analyze verify --man=no /usr/lib/systemd/system/certlet* 2>&1 | known
      echo verified
      for unit in ${units.join(' ')}; do
        systemd-analyze security --offline=true --threshold=15 /usr/lib/systemd/system/$unit 2>&1 | known | tail -1
      done`)
    assert.match(printed, /^verified\n(→ Overall exposure level for [\w.-]+: 1\.[0-5] OK.*\n){3}$/)
  })

  it('certlet.service is started when the API server has accepted the credential, reloads by rotating, and stops within a second', async () => {
    await using lab = await startLab({ approve: 'manual' })
    const node = machine()
    node.token(lab)
    const approve = async (): Promise<void> => {
      const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
      const { body } = await lab.admin('GET', path)
      for (const csr of (body as { items: { metadata: { name: string }; status: object }[] }).items) {
        const conditions = [{ type: 'Approved', status: 'True', reason: 'ByTest', message: 'by the test' }]
        await lab.admin('PUT', `${path}/${csr.metadata.name}/approval`, { ...csr, status: { conditions } })
      }
    }
    const printed = await node.run(
      `
      systemctl start --no-block certlet
      until_is certlet StatusText 'waits for an approver'
      echo "then $(shown certlet ActiveState)"
      test -e /etc/kubernetes/bootstrap-kubelet.conf
      echo approve
      until_is certlet ActiveState '^active$'
      test -e ${CURRENT}; test -e /etc/kubernetes/kubelet.conf; test ! -e /etc/kubernetes/bootstrap-kubelet.conf
      echo "status $(shown certlet StatusText)"
      first=$(readlink ${CURRENT})
      systemctl reload certlet
      until_is certlet StatusText 'waits for an approver'
      echo "still $(shown certlet ActiveState)"
      echo approve
      for _ in $(seq 200); do [ "$(readlink ${CURRENT})" = "$first" ] || break; sleep 0.1; done
      test "$(readlink ${CURRENT})" != "$first" && echo rotated
      before=$(date +%s%N); systemctl stop certlet; after=$(date +%s%N)
      echo "stopped in $(( (after - before) / 1000000 )) ms, $(shown certlet Result), restarts $(shown certlet NRestarts)"`,
      (line) => {
        if (line === 'approve') void approve()
      },
    )
    assert.match(
      printed,
      /^then activating\napprove\nstatus .+\nstill active\napprove\nrotated\nstopped in \d+ ms, success, restarts 0\n$/,
    )
    assert.ok(Number(/stopped in (\d+)/.exec(printed)?.[1]) < 1000, printed)
  })

  it('keeps the kubelet waiting until the credentials are there, also when the first tries fail', async () => {
    await using lab = await startLab({ faults: [{ fault: 'status', code: 503, count: 2 }] })
    const node = machine()
    node.token(lab)
    node.file(
      '/etc/systemd/system/kubelet.service',
      '[Service]\nType=oneshot\nExecStart=/usr/bin/test -e /etc/kubernetes/kubelet.conf\n',
    )
    node.dropIn('kubelet-after-certlet.conf', 'kubelet.service')
    const printed = await node.run(`
      systemctl start kubelet
      echo "kubelet $(shown kubelet Result), certlet $(shown certlet ActiveState), restarts $(shown certlet NRestarts)"`)
    assert.equal(printed, 'kubelet success, certlet active, restarts 0\n')
  })

  it('ends with 78, for good, when its configuration is wrong', async () => {
    await using lab = await startLab()
    const node = machine()
    node.token(lab)
    node.file(CONFIG, 'no-such-flag: 1\n')
    const printed = await node.run(`
      systemctl start certlet || true
      echo "$(shown certlet ActiveState) $(shown certlet Result) $(shown certlet ExecMainStatus)"
      journalctl -u certlet -o cat -p err | grep '^error'`)
    assert.match(printed, /failed exit-code 78\nerror: .*no-such-flag/)
  })

  it('is killed by the watchdog when it hangs, and recovers', async () => {
    await using lab = await startLab()
    const node = machine()
    node.token(lab)
    node.file(
      '/etc/systemd/system/certlet.service.d/fast.conf',
      '[Service]\nWatchdogSec=1\nTimeoutAbortSec=1\nRestartSec=100ms\n',
    )
    const printed = await node.run(`
      systemctl start certlet
      sleep 1.5
      echo "restarts $(shown certlet NRestarts)"
      kill -STOP $(shown certlet MainPID)
      until_is certlet NRestarts 1
      until_is certlet ActiveState '^active$'
      journalctl -o cat -u certlet | grep -io -m1 'watchdog timeout'`)
    assert.match(printed, /^restarts 0\nwatchdog timeout\n$/i)
  })

  it('leaves no core file when it crashes, and there would be no memory in one', async () => {
    await using lab = await startLab()
    const node = machine()
    node.token(lab)
    node.file('/etc/systemd/system/certlet.service.d/fast.conf', '[Service]\nRestartSec=100ms\n')
    const printed = await node.run(`
      systemctl start certlet
      pid=$(shown certlet MainPID)
      awk '/^Max core file size/ { print "limits", $5, $6 }' /proc/$pid/limits
      echo "filter $(cat /proc/$pid/coredump_filter)"
      kill -ABRT $pid
      until_is certlet NRestarts 1
      until_is certlet ActiveState '^active$'
      journalctl -o cat -u certlet | grep -o 'code=[a-z]*, status=6/ABRT'`)
    // Where the kernel had written one, systemd would say "dumped".
    assert.equal(printed, 'limits 0 0\nfilter 00000000\ncode=killed, status=6/ABRT\n')
  })

  for (const { title, example, before } of [
    {
      title: 'a credential',
      example: 'load-credential.conf',
      before: 'mv /root/bootstrap.conf /etc/credstore/bootstrap-kubeconfig',
    },
    {
      title: 'an encrypted credential',
      example: 'load-credential-encrypted.conf',
      before: `systemd-creds encrypt --with-key=host --name=bootstrap-kubeconfig /root/bootstrap.conf \\
        /etc/credstore.encrypted/bootstrap-kubeconfig 2>/dev/null`,
    },
  ]) {
    it(`takes the bootstrap kubeconfig from ${title}, and starts again when it is used up`, async () => {
      await using lab = await startLab()
      const node = machine()
      node.dropIn(example, 'certlet.service')
      node.token(lab, '/root/bootstrap.conf')
      const printed = await node.run(`
        mkdir -p /etc/credstore /etc/credstore.encrypted
        ${before}
        systemctl start --no-block certlet
        until_is certlet ActiveState '^active$'
        rm /etc/credstore*/bootstrap-kubeconfig
        systemctl restart certlet
        echo "$(shown certlet ActiveState)"`)
      assert.equal(printed, 'active\n')
    })
  }

  it('certlet.path takes up a bootstrap kubeconfig that comes later', async () => {
    await using lab = await startLab()
    const node = machine()
    node.token(lab, '/root/bootstrap.conf')
    const printed = await node.run(`
      mkdir /etc/kubernetes
      systemctl start certlet.path certlet
      echo "$(shown certlet ActiveState) $(shown certlet ConditionResult)"
      install -m 600 /root/bootstrap.conf /etc/kubernetes/new
      mv /etc/kubernetes/new /etc/kubernetes/bootstrap-kubelet.conf
      until_is certlet ActiveState '^active$'
      echo "$(shown certlet.path ActiveState)"`)
    assert.equal(printed, 'inactive no\nactive\n')
  })

  it('certlet-bootstrap.service gets the credentials and is over', async () => {
    await using lab = await startLab()
    const node = machine()
    node.token(lab)
    const printed = await node.run(`
      systemctl start certlet-bootstrap
      test -e ${CURRENT}
      echo "$(shown certlet-bootstrap Result)"`)
    assert.equal(printed, 'success\n')
  })

  it('certlet-renew.timer rotates what is due, and skips what is not', async () => {
    await using lab = await startLab()
    const node = machine()
    node.token(lab)
    node.file(
      '/etc/systemd/system/certlet-renew.timer.d/fast.conf',
      '[Timer]\nOnCalendar=\nOnActiveSec=100ms\nRandomizedDelaySec=0\nAccuracySec=1ms\n',
    )
    const printed = await node.run(`
      systemctl start certlet-bootstrap
      first=$(readlink ${CURRENT})
      systemctl start certlet-renew.timer
      until_is certlet-renew Result '^exec-condition$'
      [ "$(readlink ${CURRENT})" = "$first" ] && echo kept
      systemctl stop certlet-renew.timer
      mkdir -p /run/systemd/system/certlet-renew.service.d
      printf '[Service]\\nExecCondition=\\nExecCondition=/usr/bin/certlet status --check --expires-within 400d\\n' >/run/systemd/system/certlet-renew.service.d/due.conf
      systemctl daemon-reload
      systemctl start certlet-renew.timer
      until_is certlet-renew Result '^success$'
      for _ in $(seq 400); do [ "$(readlink ${CURRENT})" = "$first" ] || break; sleep 0.1; done
      [ "$(readlink ${CURRENT})" != "$first" ] && echo rotated`)
    assert.equal(printed, 'kept\nrotated\n')
  })

  it('can write in its folders only, and gains no privilege', async () => {
    const node = machine()
    node.file('/etc/kubernetes/manifests/.made', '')
    node.file('/home/secret', '')
    const attempt = (what: string): string =>
      `if ${what} 2>/dev/null; then echo 'could: ${what}'; else echo 'refused: ${what}'; fi`
    const refused = [
      ...['touch /usr/x', 'touch /etc/x', 'touch /etc/kubernetes/manifests/x', 'touch /var/lib/x', 'ls /home/secret'],
      ...['mount -t tmpfs none /mnt', 'unshare --user true', 'chroot / true', 'chown 1 /var/lib/kubelet'],
      ...['hostname other', 'dmesg', 'date -s 00:00', 'mknod /var/lib/kubelet/null c 1 3'],
    ]
    const allowed = [
      'touch /etc/kubernetes/x',
      'touch /var/lib/kubelet/x',
      'cat /etc/machine-id',
      'cat /proc/self/net/route',
    ]
    node.file(
      '/try',
      [...refused, ...allowed]
        .map(attempt)
        .join('\n')
        .replaceAll('cat /etc/machine-id', 'cat /etc/machine-id >/dev/null')
        .replaceAll('cat /proc/self/net/route', 'cat /proc/self/net/route >/dev/null'),
    )
    node.file(
      '/etc/systemd/system/certlet.service.d/try.conf',
      '[Unit]\nConditionPathExists=\n[Service]\nType=oneshot\nExecStart=\nExecStart=/bin/bash /try\nWatchdogSec=0\n',
    )
    const printed = await node.run('systemctl start certlet; journalctl -u certlet -o cat | grep "^could\\|^refused"')
    const could = printed.split('\n').filter((line) => line.startsWith('could'))
    assert.equal(could.length, allowed.length, printed)
    assert.equal(printed.split('\n').filter((line) => line.startsWith('refused')).length, refused.length, printed)
  })
})
