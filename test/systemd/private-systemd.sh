#!/bin/bash
# private-systemd.sh FILES COMMAND...: runs the command under a systemd of its own, as PID 1 of new namespaces, on an overlay of
# this machine's root with FILES copied over it. Its exit code is the command's. Nothing is left behind; the network is shared.
# Needs root with CAP_SYS_ADMIN, a cgroup2 file system and systemd's binary; no running systemd, no image.
# CERTLET_SYSTEMD_ROOT names another root, with another systemd, to lay over: one that mmdebstrap has made, say.
set -euo pipefail

if [ "$1" != --inside ]; then
  cgroups=/sys/fs/cgroup
  [ ! -e $cgroups/unified/cgroup.procs ] || cgroups=$cgroups/unified
  group=$cgroups/certlet-test.$$
  mkdir "$group"
  OUTPUT=$(mktemp)
  export OUTPUT
  tail -n +1 -f "$OUTPUT" &
  follower=$!
  clean() {
    sleep 0.2 # the last lines
    # Neither unshare nor PID 1 ends by SIGTERM.
    echo 1 >"$group/cgroup.kill"
    kill $follower 2>/dev/null || :
    rm -f "$OUTPUT"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      sleep 0.1
      if find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; then break; fi
    done
  }
  trap clean EXIT
  trap 'exit 143' INT TERM
  (
    echo $BASHPID >"$group/cgroup.procs"
    exec unshare --mount --pid --fork --cgroup --uts --ipc --kill-child bash "$0" --inside "$(realpath "$1")" "$PWD" "${@:2}"
  ) &
  wait $! && exit 0 || exit $?
fi

files=$2 directory=$3
shift 3
space=/media root=/media/root
mount -t tmpfs -o mode=755 tmpfs $space
mkdir $space/{upper,work,root}
mount -t overlay overlay -o lowerdir=${CERTLET_SYSTEMD_ROOT:-/},upperdir=$space/upper,workdir=$space/work $root
mount -t proc proc $root/proc
# Read-only, or systemd-sysctl and udev would act on this machine.
mount --bind $root/proc/sys $root/proc/sys
mount -o remount,bind,ro $root/proc/sys
mount -t sysfs -o ro sysfs $root/sys
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs $root/run
mount -t tmpfs -o mode=755 tmpfs $root/dev
mkdir $root/dev/{pts,shm}
mount -t devpts -o newinstance,ptmxmode=666 devpts $root/dev/pts
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
for device in null zero full random urandom tty; do
  touch $root/dev/$device
  mount --bind /dev/$device $root/dev/$device
done
mkdir -p "$root$directory"
mount --bind "$directory" "$root$directory"
touch $root/output
mount --bind "$OUTPUT" $root/output
# Units of this machine are not started; a container image's policy would keep packages from starting theirs.
rm -rf $root/etc/systemd/system $root/usr/sbin/policy-rc.d
mkdir $root/etc/systemd/system
cp -a --no-preserve=ownership "$files/." $root/
printf '%q ' "$@" >$root/command
cat >$root/etc/systemd/system/command.service <<UNIT
[Unit]
DefaultDependencies=no
Wants=systemd-journald.socket
After=systemd-journald.socket
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
TimeoutStartSec=120
WorkingDirectory=$directory
ExecStart=/bin/bash /command
StandardOutput=append:/output
StandardError=append:/output
UNIT
mkdir $root/.old
cd $root
pivot_root . .old
umount -l /.old
# PID 1 does not do it in a container; without it $CREDENTIALS_DIRECTORY is empty on 252.
mount --make-rshared /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=test LANG=C.UTF-8 \
  /lib/systemd/systemd --system --unit=command.service --log-target=journal --show-status=0
