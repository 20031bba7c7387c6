# A machine whose first process is the systemd of this host, over a copy of its files: what is changed in it is kept in memory.
# Arguments: `hold DIR` mounts the files and waits; `boot DIR` starts the machine in the mount namespace of a holder, and ends
# with it; `try DIR` does both and tells whether it came up; `clean NAME` removes its control groups.
set -eu

groups=/sys/fs/cgroup

hold() {
  mount -t tmpfs -o size=512m tmpfs "$1"
  mkdir "$1/changes" "$1/work" "$1/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
  cd "$1/root"
  # Nothing that this host starts, mounts or cleans.
  rm -rf etc/systemd/system etc/systemd/network etc/rc?.d etc/init.d etc/fstab
  mkdir -p etc/systemd/system
  for unit in apparmor console-getty keyboard-setup ldconfig systemd-binfmt systemd-firstboot systemd-hwdb-update \
    systemd-journal-flush systemd-modules-load systemd-networkd systemd-networkd-wait-online systemd-random-seed \
    systemd-resolved systemd-sysctl systemd-sysusers systemd-timesyncd systemd-tmpfiles-clean systemd-tmpfiles-setup systemd-tmpfiles-setup-dev \
    systemd-udevd systemd-udev-trigger; do
    ln -s /dev/null "etc/systemd/system/$unit.service"
  done
  ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target
}

boot() {
  join_groups "mooring-$(basename "$1")"
  exec unshare --mount --propagation private --pid --fork --kill-child --cgroup --uts --ipc --net -- \
    /bin/sh "$0" inside "$1/root"
}

# Groups of its own in each hierarchy, which are the root of all that the machine sees.
join_groups() {
  for procs in "$groups/cgroup.procs" "$groups"/*/cgroup.procs; do
    dir=$(dirname "$procs")
    [ -f "$procs" ] && [ ! -L "$dir" ] || continue
    mkdir -p "$dir/$1"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$dir/$1/$file" ] || cat "$dir/$file" >"$dir/$1/$file" || true
    done
    echo $$ >"$dir/$1/cgroup.procs"
  done
}

inside() {
  cd "$1"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  ip link set lo up
  mount_groups
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=755 tmpfs dev
  for name in null zero full random urandom tty; do
    touch "dev/$name"
    mount --bind "/dev/$name" "dev/$name"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s fd/0 dev/stdin
  ln -s fd/1 dev/stdout
  ln -s fd/2 dev/stderr
  mkdir -p old
  pivot_root . old
  umount -l /old
  [ -x /lib/systemd/systemd ] || { echo 'no /lib/systemd/systemd' >&2; exit 1; }
  exec env -i container=mooring-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --log-target=journal-or-kmsg
}

mount_groups() {
  grep -q " $groups cgroup2 " /proc/mounts || mount -t tmpfs -o mode=755 tmpfs "sys/fs/cgroup"
  while read -r _ target type options _; do
    case "$type:$target" in cgroup*:"$groups"*) ;; *) continue ;; esac
    mkdir -p ".$target"
    case "$type:$options" in
    cgroup2:*) mount -t cgroup2 cgroup2 ".$target" ;;
    *name=systemd*) mount -t cgroup -o none,name=systemd cgroup ".$target" ;;
    *) mount -t cgroup -o "$(echo "$options" | sed -E 's/(^|,)(rw|nosuid|nodev|noexec|relatime|xattr|release_agent=[^,]*|clone_children)/\1/g; s/,+/,/g; s/^,|,$//g')" cgroup ".$target" ;;
    esac
  done <<EOF
$(cat /proc/mounts)
EOF
}

try() {
  /bin/sh "$0" boot "$1" >/dev/null &
  starter=$!
  pid=
  for _ in $(seq 300); do
    [ -d "/proc/$starter" ] || break
    read -r pid _ <"/proc/$starter/task/$starter/children" || true
    if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm")" = systemd ]; then
      case "$(nsenter --target "$pid" --all -- systemctl is-system-running 2>/dev/null)" in
      running | degraded)
        kill -KILL "$starter"
        wait "$starter" || true
        return
        ;;
      esac
    fi
    sleep 0.1
  done
  kill -KILL "$starter" 2>/dev/null
  echo 'systemd does not come up' >&2
  exit 1
}

clean() {
  for dir in "$groups/$1" "$groups"/*/"$1"; do
    [ ! -d "$dir" ] || find "$dir" -depth -type d -exec rmdir {} +
  done
}

case "$1" in
hold)
  hold "$2"
  echo ready
  exec sleep infinity
  ;;
boot) boot "$2" ;;
inside) inside "$2" ;;
try)
  hold "$2"
  try "$2"
  ;;
clean) clean "$2" ;;
esac
