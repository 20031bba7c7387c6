/** Field selectors: `status.phase=Running,spec.nodeName!=node-a`. Which fields there are depends on the kind. Pure. */

import type { ApiObject } from '@mooring/core';
import { valueAt } from '../json/fields.ts';
import { badRequest } from '../status/status-error.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

type Getter = (object: ApiObject) => string;

/** What is absent counts as this. */
function at(path: string, absent = ''): Getter {
  const words = path.split('.');
  return (object) => {
    const found = valueAt(object, ...words);
    return found === undefined || found === null || typeof found === 'object' ? absent : String(found);
  };
}

function paths(...names: readonly string[]): Readonly<Record<string, Getter>> {
  return Object.fromEntries(names.map((name) => [name, at(name)]));
}

const metadata = paths('metadata.name', 'metadata.namespace');

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const byKind: Readonly<Record<string, Readonly<Record<string, Getter>>>> = {
  Pod: {
    ...paths('spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'),
    ...paths('status.podIP', 'status.nominatedNodeName'),
    // Nobody has looked at it yet.
    'status.phase': at('status.phase', 'Pending'),
    'spec.hostNetwork': at('spec.hostNetwork', 'false'),
    'status.podIPs': at('status.podIP'),
  },
  Node: { 'spec.unschedulable': at('spec.unschedulable', 'false') },
  ReplicationController: { 'status.replicas': at('status.replicas', '0') },
  ReplicaSet: { 'status.replicas': at('status.replicas', '0') },
  Event: {
    ...paths(...involved.map((field) => `involvedObject.${field}`)),
    ...paths('reason', 'type', 'reportingComponent'),
    source: (event) => at('source.component')(event) || at('reportingComponent')(event),
  },
  Namespace: paths('status.phase'),
  Secret: paths('type'),
  Service: paths('spec.clusterIP', 'spec.type'),
};

/** Throws a `StatusError` for what cannot be read, or is no field of the kind that can be selected by. */
export function parseFieldSelector(kind: string, text: string): readonly FieldRequirement[] {
  return splitTerms(text).map((term) => {
    const [, field = '', operator = '', value = ''] = /^([^!=]*)(==|!=|=)(.*)$/s.exec(term) ?? [];
    if (operator === '')
      throw badRequest(`invalid field selector: ${JSON.stringify(term)}; can't understand it`);
    if (getterOf(kind, field) === undefined) throw badRequest(`field label not supported: ${field}`);
    return { field, isEqual: operator !== '!=', value: unescaped(value) };
  });
}

export function fieldsMatch(
  kind: string,
  requirements: readonly FieldRequirement[],
  object: ApiObject,
): boolean {
  return requirements.every(({ field, isEqual, value }) => {
    const found = getterOf(kind, field)?.(object) ?? '';
    return (found === value) === isEqual;
  });
}

function getterOf(kind: string, field: string): Getter | undefined {
  const own = byKind[kind] ?? {};
  if (Object.hasOwn(own, field)) return own[field];
  return Object.hasOwn(metadata, field) ? metadata[field] : undefined;
}

/** A backslash takes the meaning from a comma, an equals sign and itself. */
function splitTerms(text: string): readonly string[] {
  const terms = text.match(/(?:\\.|[^,\\])+/gs) ?? [];
  return terms.filter((term) => term !== '');
}

function unescaped(value: string): string {
  return value.replaceAll(/\\([\\,=])/g, '$1');
}
