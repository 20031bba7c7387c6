/** DNS settings, host aliases and tolerations of a pod. */

import type { Draft } from './draft.ts';
import { type FieldPath, invalid, notSupported, required } from './field-error.ts';
import { type FieldErrors, followsRule, ipAddress, isEmpty } from './field-rules.ts';
import { dns1123SubdomainProblems, labelValueProblems, qualifiedNameProblems } from './names.ts';
import type { PodSpec, Toleration } from './pod.ts';
import { taintEffects } from './taint.ts';

const nameserversMax = 3;
const searchesMax = 32;
const searchCharsMax = 2048;

/** `path` is that of `dnsConfig`. */
export function* dnsErrors({ dnsPolicy, dnsConfig }: Draft<PodSpec>, path: FieldPath): FieldErrors {
  const nameservers = dnsConfig?.nameservers ?? [];
  if (dnsPolicy === 'None' && dnsConfig === undefined)
    return yield required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    return yield required(path.child('nameservers'), detail);
  }
  if (nameservers.length > nameserversMax) {
    const detail = `must not have more than ${nameserversMax} nameservers`;
    yield invalid(path.child('nameservers'), nameservers, detail);
  }
  for (const [i, server] of nameservers.entries())
    yield* ipAddress(path.child('nameservers').index(i), server);
  yield* searchErrors(dnsConfig?.searches ?? [], path.child('searches'));
  for (const [i, option] of (dnsConfig?.options ?? []).entries())
    if (isEmpty(option.name)) yield required(path.child('options').index(i), 'must not be empty');
}

function* searchErrors(searches: readonly string[], path: FieldPath): FieldErrors {
  if (searches.length > searchesMax)
    yield invalid(path, searches, `must not have more than ${searchesMax} search paths`);
  if (searches.join(' ').length > searchCharsMax) {
    const detail = `must not have more than ${searchCharsMax} characters (including spaces) in the search list`;
    yield invalid(path, searches, detail);
  }
  // A dot at the end is fine, and the root alone; underscores too, since real search lists have them.
  for (const [i, search] of searches.entries()) {
    const name = search.replace(/\.$/, '').replaceAll('_', '-');
    if (search !== '.')
      for (const problem of dns1123SubdomainProblems(name)) yield invalid(path.index(i), search, problem);
  }
}

type HostAliases = NonNullable<Draft<PodSpec>['hostAliases']>;

export function* hostAliasErrors(aliases: HostAliases, path: FieldPath): FieldErrors {
  for (const [i, { ip, hostnames = [] }] of aliases.entries()) {
    yield* ipAddress(path.index(i).child('ip'), ip);
    for (const [j, hostname] of hostnames.entries())
      yield* followsRule(path.index(i).child('hostnames').index(j), hostname, dns1123SubdomainProblems);
  }
}

export function* tolerationErrors(tolerations: readonly Draft<Toleration>[], path: FieldPath): FieldErrors {
  for (const [i, toleration] of tolerations.entries()) yield* oneTolerationErrors(toleration, path.index(i));
}

function* oneTolerationErrors(toleration: Draft<Toleration>, path: FieldPath): FieldErrors {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  if (key !== '') yield* followsRule(path.child('key'), key, qualifiedNameProblems);
  else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    yield invalid(path.child('operator'), operator, detail);
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    yield invalid(path.child('effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  yield* operatorErrors(operator, value, path.child('operator'));
  if (effect !== '' && !taintEffects.includes(effect))
    yield notSupported(path.child('effect'), effect, taintEffects);
}

/** An empty operator means Equal. Wrong values are reported on the operator, as the API does. */
function* operatorErrors(operator: string, value: string, path: FieldPath): FieldErrors {
  switch (operator) {
    case '':
    case 'Equal': {
      const problems = labelValueProblems(value);
      if (problems.length > 0) yield invalid(path, value, problems.join(';'));
      break;
    }
    case 'Exists':
      if (value !== '') yield invalid(path, value, "value must be empty when `operator` is 'Exists'");
      break;
    case 'Lt':
    case 'Gt':
      if (!/^(0|-?[1-9]\d*)$/.test(value))
        yield invalid(path, value, "value must be an integer when `operator` is 'Lt' or 'Gt'");
      break;
    default:
      yield notSupported(path, operator, ['Equal', 'Exists']);
  }
}
