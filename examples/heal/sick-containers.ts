/** Two containers that are well for a moment: one says so itself, of the other a probe finds out. */

import { docker, makeBusybox } from '../quickstart/docker-images.ts';

const image = `mooring-heal-example:${process.pid}`;
/** Nobody else's containers are to be restarted by a demonstration. */
export const demonstrationLabel = `mooring.dev/heal=example-${process.pid}`;
const labels = ['--label', demonstrationLabel];
const probe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 2 };
const heedsStop = 'trap "exit 0" TERM;';
const names = [`heal-by-healthcheck-${process.pid}`, `heal-by-probe-${process.pid}`] as const;

/** Gives back their names. */
export function startSick(): readonly string[] {
  makeBusybox(image);
  const [byCheck, byProbe] = names;
  const check = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '1'];
  run(byCheck, check, `${heedsStop} touch /tmp/well; sleep 3; rm /tmp/well; while :; do sleep 1; done`);
  const site = 'mkdir /tmp/site; echo well >/tmp/site/index.html; httpd -p 8080 -h /tmp/site';
  const label = ['--label', `mooring.dev/heal-probe=${JSON.stringify(probe)}`];
  run(byProbe, label, `${heedsStop} ${site}; sleep 3; rm /tmp/site/index.html; while :; do sleep 1; done`);
  return names;
}

export function endSick(): void {
  docker('rm', '--force', ...names);
  docker('rmi', '--force', image);
}

function run(name: string, options: readonly string[], script: string): void {
  docker('run', '--detach', '--name', name, ...labels, ...options, image, 'sh', '-c', script);
}
