/** The options of NATS, and what is wrong with them before anything is connected: a `mode` that is misspelt would be trusted mode. */

import { FieldPath, formatFieldError, invalid, required, typeInvalid } from '../api/field-error.ts';
import type { NatsOptions, NatsTlsOptions } from '../bus/nats-connection.ts';
import { MooringError } from '../contract/error.ts';
import type { BucketOptions } from '../store/nats-bucket.ts';
import { isRecord, oneOf, positive, type Rule, type Rules, shape, shown, text } from './option-rules.ts';

/** Options of `nats(...)`: where the servers are, as whom to connect, and how the bucket is treated. */
export interface NatsTransportOptions extends NatsOptions {
  /** Makes the bucket of the cluster when it is not there. Without it a missing bucket is an error: it may be lost. */
  readonly install?: true | Omit<BucketOptions, 'bucket'>;
  /** Lets servers pass that are known to lose writes of buckets with copies. For experiments. */
  readonly acceptUnsafeServers?: boolean;
  /**
   * How an agent reaches the store. `trusted`, or nothing: directly, so that whoever has the node has the whole cluster; it says so
   * in the log. `isolated`: through the gateway of a control plane (`serveNodes`), from an account of the node's own.
   */
  readonly mode?: 'trusted' | { readonly isolated: { readonly node: string } };
}

/** Throws `INVALID` with every mistake in `fields`. Takes anything: whoever writes without types may give anything. */
export function validateNatsOptions(options: unknown): void {
  throwAll('the options of nats', shape(transportRules), options);
}

/** As `validateNatsOptions`. */
export function validateInstallOptions(options: unknown): void {
  throwAll('the options of installNatsStore', shape(installRules), options);
}

function throwAll(what: string, rule: Rule, options: unknown): void {
  const fields = [...rule(options, FieldPath.root)];
  if (fields.length === 0) return;
  const mistakes = fields.map(formatFieldError).join(', ');
  throw new MooringError('INVALID', `${what} are invalid: ${mistakes}`, { fields });
}

/** The client takes any scheme off, and would look for a server behind `http://`. */
const server: Rule = (value, path) => {
  if (typeof value !== 'string' || value === '') return text(value, path);
  return /^(?:(?:nats|tls):\/\/)?[^/\s]+\/?$/i.test(value) && isHostWithPort(value)
    ? []
    : [invalid(path, value, 'must be such as nats://10.0.0.1:4222 or tls://10.0.0.1:4222')];
};

/** As the client reads it: a port that is none fails there with every attempt, as if a server were away. */
function isHostWithPort(value: string): boolean {
  return URL.canParse(`http://${value.replace(/^(?:nats|tls):\/\//i, '')}`);
}

const servers: Rule = function* (value, path) {
  if (!Array.isArray(value)) yield* server(value, path);
  else if (value.length === 0) yield required(path);
  else for (const [i, one] of value.entries()) yield* server(one, path.index(i));
};

const flag: Rule = (value, path) =>
  typeof value === 'boolean' ? [] : [typeInvalid(path, shown(value), 'a boolean')];

const tlsRules: Rules<NatsTlsOptions> = {
  caFile: { rule: text },
  certFile: { rule: text },
  keyFile: { rule: text },
};

const natsRules: Rules<NatsOptions> = {
  servers: { rule: servers, isRequired: true },
  user: { rule: text },
  password: { rule: text },
  token: { rule: text },
  nkeySeed: { rule: text },
  credsFile: { rule: text },
  tls: { rule: (value, path) => (value === true ? [] : shape(tlsRules)(value, path)) },
  inboxPrefix: { rule: text },
  name: { rule: text },
  connectMsMax: { rule: positive },
  silenceMsMax: { rule: positive },
};

const bucketRules: Rules<Omit<BucketOptions, 'bucket'>> = {
  replicas: { rule: positive },
  bytesMax: { rule: positive },
};

const isolatedRules: Rules<{ readonly node: string }> = { node: { rule: text, isRequired: true } };

const mode: Rule = (value, path) =>
  isRecord(value)
    ? shape({ isolated: { rule: shape(isolatedRules), isRequired: true } })(value, path)
    : oneOf(['trusted'])(value, path);

const transportRules: Rules<NatsTransportOptions> = {
  ...natsRules,
  install: { rule: (value, path) => (value === true ? [] : shape(bucketRules)(value, path)) },
  acceptUnsafeServers: { rule: flag },
  mode: { rule: mode },
};

const installRules: Rules<NatsOptions & Omit<BucketOptions, 'bucket'> & { readonly cluster?: string }> = {
  ...natsRules,
  ...bucketRules,
  cluster: { rule: text },
};
