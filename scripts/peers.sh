#!/usr/bin/env bash
# `npm run peers`: brings the programs that some benchmarks measure Mooring beside: supervisord from Debian, PM2 from npm.
# Nothing of Mooring needs them. Safe to run again.
set -uo pipefail

state_dir="${MOORING_ENGINES_DIR:-/var/lib/mooring-engines}"
pm2_version=7.0.4

sudo=''
[ "$(id -u)" -eq 0 ] || sudo='sudo -n'
command -v supervisord >/dev/null || $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq supervisor
grep -qs "\"version\": \"$pm2_version\"" "$state_dir/pm2/node_modules/pm2/package.json" ||
  { $sudo mkdir -p "$state_dir/pm2" && $sudo npm install --silent --no-audit --no-fund --prefix "$state_dir/pm2" "pm2@$pm2_version"; }
command -v supervisord && ls "$state_dir/pm2/node_modules/.bin/pm2"
