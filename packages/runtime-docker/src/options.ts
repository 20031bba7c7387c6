/** What a user of the Docker runtime can set. */

import {
  didYouMean,
  type FieldError,
  FieldPath,
  formatFieldError,
  invalid,
  MooringError,
  notSupported,
  typeInvalid,
} from '@mooring/core';
import { type Environment, isAddress } from './engine-address.ts';
import type { HealerOptions } from './healer.ts';

/** Who asks a registry for an image. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  /** `https://index.docker.io/v1/` for Docker Hub. */
  readonly serveraddress?: string;
}

/** Options of `dockerRuntime`. */
export interface DockerRuntimeOptions {
  /** Where the engine listens: `unix:///var/run/docker.sock` or `tcp://host:2375`; `DOCKER_HOST` by default, then that socket. */
  readonly host?: string;
  /**
   * `as-asked`: the pull policy of the pod. `when-missing`: an image that is there is never asked for again, for hosts
   * without a registry; `Always` is then as good as `IfNotPresent`.
   */
  readonly pull?: 'as-asked' | 'when-missing';
  /** The network that pods get their addresses from; the engine's default bridge by default. */
  readonly network?: string;
  /** An image that does nothing and holds the network of a pod. By default the package makes one, of some 150 bytes. */
  readonly pauseImage?: string;
  /** Size at which the log of a container is rotated; 10 MiB by default. */
  readonly logMaxBytes?: number;
  /** How many log files are kept of a container, the current one included; 5 by default. */
  readonly logMaxFiles?: number;
  /** A pull that gets no further for so long is given up, and tried again as any that fails; 60 s by default. */
  readonly pullProgressMsMax?: number;
  /** Credentials for an image of whose registry the secrets of its pod know nothing. */
  readonly credentials?: (image: string) => RegistryCredentials | undefined;
}

export type ResolvedOptions = Required<Omit<DockerRuntimeOptions, 'credentials' | 'pauseImage'>> &
  Pick<DockerRuntimeOptions, 'credentials' | 'pauseImage'>;

const usualHost = 'unix:///var/run/docker.sock';

/** What holds where an option is not given. */
export const defaultOptions: ResolvedOptions = {
  host: usualHost,
  pull: 'as-asked',
  network: 'bridge',
  logMaxBytes: 10 * 1024 * 1024,
  logMaxFiles: 5,
  pullProgressMsMax: 60_000,
};

/** The defaults for what is not given. `environment`: that of the process. Throws `INVALID` for a `DOCKER_HOST` that counts and is none. */
export function resolveOptions(options: DockerRuntimeOptions, environment: Environment): ResolvedOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const named = environment['DOCKER_HOST'];
  const resolved = { ...defaultOptions, host: named || usualHost, ...Object.fromEntries(given) };
  if (options.host === undefined && named) {
    const fields = hostProblems(named, FieldPath.root.child('DOCKER_HOST'));
    const mistakes = fields.map(formatFieldError).join(', ');
    if (fields.length > 0)
      throw new MooringError('INVALID', `the engine that the environment names is none: ${mistakes}`, {
        fields,
      });
  }
  return resolved;
}

/** Throws `INVALID` with every mistake in `fields`. Takes anything: whoever writes without types may give anything. */
export function validateOptions(options: unknown): void {
  throwAll('the Docker runtime', optionProblems(options, rules));
}

/** As `validateOptions`. */
export function validateHealerOptions(options: unknown): void {
  throwAll('the healer', optionProblems(options, healerRules));
}

function throwAll(whose: string, fields: readonly FieldError[]): void {
  if (fields.length === 0) return;
  const mistakes = fields.map(formatFieldError).join(', ');
  throw new MooringError('INVALID', `the options of ${whose} are invalid: ${mistakes}`, { fields });
}

type Rule = (value: unknown, path: FieldPath) => readonly FieldError[];

const text: Rule = (value, path) =>
  typeof value === 'string' && value !== '' ? [] : [typeInvalid(path, shown(value), 'a string')];

const count: Rule = (value, path) =>
  Number.isInteger(value) && Number(value) > 0
    ? []
    : [invalid(path, shown(value), 'must be a whole number greater than 0')];

const hostProblems: Rule = (value, path) => {
  if (typeof value !== 'string') return text(value, path);
  if (isAddress(value)) return [];
  const words = 'must be such as unix:///var/run/docker.sock or tcp://host:2375';
  return [invalid(path, value, value.startsWith('ssh:') ? `${words}; ${bySSH}` : words)];
};

const bySSH =
  'one that is reached by SSH needs its socket brought here: ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST';

const oneOf =
  (...words: readonly string[]): Rule =>
  (value, path) =>
    words.includes(value as string) ? [] : [notSupported(path, shown(value), words)];

const callable: Rule = (value, path) =>
  typeof value === 'function' ? [] : [typeInvalid(path, shown(value), 'a function')];

const list: Rule = (value, path) =>
  Array.isArray(value) ? [] : [typeInvalid(path, shown(value), 'an array')];

const object: Rule = (value, path) =>
  typeof value === 'object' && value !== null ? [] : [typeInvalid(path, shown(value), 'an object')];

const rules: Readonly<Record<keyof DockerRuntimeOptions, Rule>> = {
  host: hostProblems,
  pull: oneOf('as-asked', 'when-missing'),
  network: text,
  pauseImage: text,
  logMaxBytes: count,
  logMaxFiles: count,
  pullProgressMsMax: count,
  credentials: callable,
};

const milliseconds: Rule = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) && value > 0
    ? []
    : [invalid(path, shown(value), 'must be a number greater than 0')];

const backOff: Rule = (value, path) =>
  optionProblems(value, { initialMs: milliseconds, maxMs: milliseconds }, path);

const healerRules: Readonly<Record<keyof HealerOptions, Rule>> = {
  host: hostProblems,
  containers: oneOf('labelled', 'all'),
  label: text,
  plugins: list,
  backOff,
  onEvent: callable,
  clock: object,
  logger: object,
};

function optionProblems(
  options: unknown,
  known: Readonly<Record<string, Rule>>,
  root = FieldPath.root,
): readonly FieldError[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return [typeInvalid(root, shown(options), 'an object')];
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const path = root.child(name);
    const rule = Object.entries(known).find(([option]) => option === name)?.[1];
    if (rule !== undefined) return value === undefined ? [] : rule(value, path);
    const message = `unknown option${didYouMean(name, Object.keys(known))}`;
    return [{ field: String(path), type: 'FieldValueInvalid' as const, message }];
  });
}

function shown(value: unknown): unknown {
  return ['object', 'function', 'symbol'].includes(typeof value) && value !== null ? typeof value : value;
}
