/** Every setting: its key in the file, its variable, its flag, and what it means. Help, completion and checks come from here. */

import type { Preset } from '@mooring/core';
import type { ImageMapping } from '@mooring/runtime-process';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../log-options.ts';
import { address, count, imageMap, type Kind, oneOf, path, text, textMap, texts, yesNo } from './kinds.ts';

export type RuntimeName = 'process' | 'docker';
export type NatsMode = 'trusted' | 'isolated';

/** What was set, and the defaults. */
export interface Settings {
  readonly cluster: string;
  readonly node: string | undefined;
  readonly dataDir: string | undefined;
  readonly preset: Preset;
  readonly runtime: RuntimeName;
  readonly images: Readonly<Record<string, ImageMapping>>;
  readonly manifests: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostIP: string | undefined;
  readonly fencing: boolean | undefined;
  readonly 'crashLoop.initialMs': number | undefined;
  readonly 'crashLoop.maxMs': number | undefined;
  readonly 'crashLoop.resetAfterMs': number | undefined;
  readonly onExit: 'detach' | 'stop';
  readonly listen: string | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly logFormat: LogFormat;
  readonly 'docker.host': string | undefined;
  readonly 'docker.pull': 'as-asked' | 'when-missing';
  readonly 'process.ipRange': string | undefined;
  readonly 'process.logMaxBytes': number | undefined;
  readonly 'process.logMaxFiles': number | undefined;
  readonly 'nats.servers': readonly string[] | undefined;
  readonly 'nats.mode': NatsMode;
  readonly 'nats.credentials': string | undefined;
  readonly 'nats.user': string | undefined;
  readonly 'nats.password': string | undefined;
  readonly 'nats.token': string | undefined;
  readonly 'nats.credsFile': string | undefined;
  readonly 'nats.caFile': string | undefined;
  readonly 'nats.certFile': string | undefined;
  readonly 'nats.keyFile': string | undefined;
  readonly 'nats.install': boolean;
  readonly 'nats.replicas': number;
  readonly 'controllers.serveNodes': boolean;
  readonly 'api.listen': string;
  readonly 'api.tlsCert': string | undefined;
  readonly 'api.tlsKey': string | undefined;
  readonly 'api.ca': string | undefined;
  readonly 'api.clientCA': string | undefined;
  readonly 'api.tokens': string | undefined;
  readonly 'api.access': Readonly<Record<string, string>>;
  readonly 'heal.containers': 'labelled' | 'all';
  readonly 'heal.label': string | undefined;
}

export type SettingKey = keyof Settings;

export interface Setting<T> {
  readonly kind: Kind<Exclude<T, undefined>>;
  readonly help: string;
  /** `--node`; absent for what has no place on a command line, which others of the host can read. */
  readonly flag?: string;
  readonly fallback: T;
}

/** In the order of the documentation. */
export const settingTable: { readonly [K in SettingKey]: Setting<Settings[K]> } = {
  cluster: {
    kind: text('<name>'),
    flag: '--cluster',
    fallback: 'mooring',
    help: 'name of the cluster; several share one NATS',
  },
  node: {
    kind: text('<name>'),
    flag: '--node',
    fallback: undefined,
    help: 'name of this node; by default that of the host',
  },
  dataDir: {
    kind: path('<directory>'),
    flag: '--data-dir',
    fallback: undefined,
    help: 'where state is kept over restarts; by default nowhere for run, else in /var/lib/moor, or ~/.local/state/moor without root',
  },
  preset: {
    kind: oneOf(['kubernetes', 'small']),
    flag: '--preset',
    fallback: 'kubernetes',
    help: 'numbers that belong together: those of Kubernetes, or quicker ones; the same everywhere in a cluster',
  },
  runtime: {
    kind: oneOf(['process', 'docker']),
    flag: '--runtime',
    fallback: 'process',
    help: 'what runs containers',
  },
  images: {
    kind: imageMap,
    flag: '--image',
    fallback: {},
    help: 'the program of this host that an image stands for; the image alone runs the command of the pod',
  },
  manifests: {
    kind: path('<directory>'),
    flag: '--manifests',
    fallback: undefined,
    help: 'static pods: a folder of manifests that this node keeps running',
  },
  labels: { kind: textMap('<name=text>'), flag: '--label', fallback: {}, help: 'labels of the node' },
  hostIP: {
    kind: text('<address>'),
    flag: '--host-ip',
    fallback: undefined,
    help: 'address of this host that pods show; 127.0.0.1 by default',
  },
  fencing: {
    kind: yesNo,
    flag: '--fencing',
    fallback: undefined,
    help: 'stop the pods of this node when it is cut off, before they are replaced; by default with the preset small',
  },
  'crashLoop.initialMs': {
    kind: count('<ms>'),
    flag: '--crash-loop-initial-ms',
    fallback: undefined,
    help: 'first wait of a container that crashes; 10000 by default',
  },
  'crashLoop.maxMs': {
    kind: count('<ms>'),
    flag: '--crash-loop-max-ms',
    fallback: undefined,
    help: 'longest such wait; 300000 by default',
  },
  'crashLoop.resetAfterMs': {
    kind: count('<ms>'),
    flag: '--crash-loop-reset-after-ms',
    fallback: undefined,
    help: 'a run of this length is forgiven what was before; 600000 by default',
  },
  onExit: {
    kind: oneOf(['detach', 'stop']),
    flag: '--on-exit',
    fallback: 'detach',
    help: 'what becomes of the pods when it ends: they run on for its successor, or they are stopped',
  },
  listen: {
    kind: address,
    flag: '--listen',
    fallback: undefined,
    help: 'where /metrics, /healthz, /livez and /readyz are served; nowhere by default',
  },
  logLevel: {
    kind: oneOf(logLevels),
    flag: '--log-level',
    fallback: undefined,
    help: 'what is logged: info by default, for run warn',
  },
  logFormat: {
    kind: oneOf(logFormats),
    flag: '--log-format',
    fallback: 'text',
    help: 'lines for people, or for machines',
  },
  'docker.host': {
    kind: text('<url>'),
    flag: '--docker-host',
    fallback: undefined,
    help: 'where the Docker engine listens; DOCKER_HOST by default',
  },
  'docker.pull': {
    kind: oneOf(['as-asked', 'when-missing']),
    flag: '--docker-pull',
    fallback: 'as-asked',
    help: 'when-missing never asks a registry for an image that is there',
  },
  'process.ipRange': {
    kind: text('<range>'),
    flag: '--ip-range',
    fallback: undefined,
    help: 'where pod addresses come from, a part of 127.0.0.0/8, which is the default',
  },
  'process.logMaxBytes': {
    kind: count('<bytes>'),
    flag: '--log-max-bytes',
    fallback: undefined,
    help: 'size at which the log of a container is rotated; 10 MiB by default',
  },
  'process.logMaxFiles': {
    kind: count('<number>'),
    flag: '--log-max-files',
    fallback: undefined,
    help: 'how many log files are kept of a container; 5 by default',
  },
  'nats.servers': {
    kind: texts('<url>'),
    flag: '--nats-servers',
    fallback: undefined,
    help: 'the NATS servers: nats://10.0.0.1:4222',
  },
  'nats.mode': {
    kind: oneOf(['trusted', 'isolated']),
    flag: '--nats-mode',
    fallback: 'trusted',
    help: 'isolated, as with credentials of a node: this node sees its own pods only',
  },
  'nats.credentials': {
    kind: path('<file>'),
    flag: '--nats-credentials',
    fallback: undefined,
    help: 'a file that `npm run nats:config` wrote: control-plane.json, nodes/<name>.json',
  },
  'nats.user': {
    kind: text('<name>'),
    flag: '--nats-user',
    fallback: undefined,
    help: 'user of the NATS servers',
  },
  'nats.password': {
    kind: text('<text>'),
    fallback: undefined,
    help: 'password of that user; never a flag, others could read it',
  },
  'nats.token': {
    kind: text('<text>'),
    fallback: undefined,
    help: 'token of the NATS servers; never a flag either',
  },
  'nats.credsFile': {
    kind: path('<file>'),
    flag: '--nats-creds',
    fallback: undefined,
    help: 'credentials file with a JWT and its seed',
  },
  'nats.caFile': {
    kind: path('<file>'),
    flag: '--nats-ca',
    fallback: undefined,
    help: 'certificates that the servers are checked against',
  },
  'nats.certFile': {
    kind: path('<file>'),
    flag: '--nats-cert',
    fallback: undefined,
    help: 'own certificate, where the servers ask for one',
  },
  'nats.keyFile': {
    kind: path('<file>'),
    flag: '--nats-key',
    fallback: undefined,
    help: 'key of that certificate',
  },
  'nats.install': {
    kind: yesNo,
    flag: '--install',
    fallback: false,
    help: 'make the bucket of the cluster when it is not there',
  },
  'nats.replicas': {
    kind: count('<number>'),
    flag: '--replicas',
    fallback: 1,
    help: 'copies of that bucket: 3 on a cluster of three servers',
  },
  'controllers.serveNodes': {
    kind: yesNo,
    flag: '--serve-nodes',
    fallback: false,
    help: 'be the gateway of isolated nodes',
  },
  'api.listen': {
    kind: address,
    flag: '--api-listen',
    fallback: '127.0.0.1:6443',
    help: 'where the Kubernetes API is served',
  },
  'api.tlsCert': {
    kind: path('<file>'),
    flag: '--api-tls-cert',
    fallback: undefined,
    help: 'certificate of the API: needed for any address but those of this host',
  },
  'api.tlsKey': {
    kind: path('<file>'),
    flag: '--api-tls-key',
    fallback: undefined,
    help: 'key of that certificate',
  },
  'api.ca': {
    kind: path('<file>'),
    flag: '--api-ca',
    fallback: undefined,
    help: 'who signed that certificate, for the kubeconfig; by default itself',
  },
  'api.clientCA': {
    kind: path('<file>'),
    flag: '--api-client-ca',
    fallback: undefined,
    help: 'who signs certificates of users: CN is the user, O are the groups',
  },
  'api.tokens': {
    kind: path('<file>'),
    flag: '--api-tokens',
    fallback: undefined,
    help: 'tokens of users, a line each: token,user,uid,"group,group"',
  },
  'api.access': {
    kind: textMap('<user=role>'),
    flag: '--api-access',
    fallback: {},
    help: 'roles: ann=edit, group:ops=view, ann=edit in shop; admin, edit, view or node',
  },
  'heal.containers': {
    kind: oneOf(['labelled', 'all']),
    flag: '--containers',
    fallback: 'labelled',
    help: 'all: also those without the label, but for mooring.dev/heal=false',
  },
  'heal.label': {
    kind: text('<name=text>'),
    flag: '--heal-label',
    fallback: undefined,
    help: 'the label; mooring.dev/heal=true by default',
  },
};

export const settingKeys = Object.keys(settingTable) as SettingKey[];

/** What it means, with its default where that can be said in a word. */
export function meaningOf(key: SettingKey): string {
  const { help, fallback } = settingTable[key];
  const isWord = typeof fallback === 'string' || typeof fallback === 'number';
  return isWord ? `${help}; ${fallback} by default` : help;
}

/** `nats.servers` -> `MOOR_NATS_SERVERS`, `dataDir` -> `MOOR_DATA_DIR`. */
export function variableOf(key: SettingKey): string {
  const words = key.replaceAll('.', '_').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_');
  return `MOOR_${words.toUpperCase()}`;
}
