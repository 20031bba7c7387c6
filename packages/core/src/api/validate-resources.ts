/** Resource requests and limits: names, quantities, and that a request stays within its limit. */

import type { Draft } from './draft.ts';
import { type FieldPath, invalid, required } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import { qualifiedNameProblems } from './names.ts';
import type { ResourceList, ResourceRequirements } from './pod.ts';
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityProblem,
} from './quantity.ts';

const nanosPerUnit = 1_000_000_000n;

export function* resourceErrors(resources: Draft<ResourceRequirements>, path: FieldPath): FieldErrors {
  const limitsPath = path.child('limits');
  const requestsPath = path.child('requests');
  const limits = parseResourceList(resources.limits ?? {});
  const requests = parseResourceList(resources.requests ?? {});
  for (const entry of limits.values()) yield* entryErrors(entry, limitsPath.key(entry.name));
  for (const entry of requests.values()) {
    yield* entryErrors(entry, requestsPath.key(entry.name));
    const limit = limits.get(entry.name);
    if (limit !== undefined) yield* withinLimit(entry, limit, requestsPath);
    else if (!mayOvercommit(entry.name))
      yield required(limitsPath, 'Limit must be set for non overcommitable resources');
  }
}

interface ResourceEntry {
  readonly name: string;
  readonly text: string | number;
  readonly quantity: Quantity | undefined;
}

function parseResourceList(list: Draft<ResourceList>): ReadonlyMap<string, ResourceEntry> {
  const entries = new Map<string, ResourceEntry>();
  for (const [name, text] of Object.entries(list))
    if (text !== undefined) entries.set(name, { name, text, quantity: parseQuantity(text) });
  return entries;
}

function* entryErrors({ name, text, quantity }: ResourceEntry, path: FieldPath): FieldErrors {
  yield* resourceNameErrors(name, path);
  if (quantity === undefined) yield invalid(path, text, quantityProblem);
  else if (quantity.nanos < 0n)
    yield invalid(path, formatQuantity(quantity), 'must be greater than or equal to 0');
  else if (isExtended(name) && quantity.nanos % nanosPerUnit !== 0n)
    yield invalid(path, formatQuantity(quantity), 'must be an integer');
}

function* resourceNameErrors(name: string, path: FieldPath): FieldErrors {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0) {
    for (const problem of problems) yield invalid(path, name, problem);
  } else if (!name.includes('/') && !isStandard(name)) {
    yield invalid(path, name, 'must be a standard resource type or fully qualified');
    yield invalid(path, name, 'must be a standard resource for containers');
  } else if (isExtended(name) && name.startsWith('requests.')) {
    yield invalid(path, name, "doesn't follow extended resource name standard");
  }
}

function* withinLimit(request: ResourceEntry, limit: ResourceEntry, path: FieldPath): FieldErrors {
  if (request.quantity === undefined || limit.quantity === undefined) return;
  const order = compareQuantities(request.quantity, limit.quantity);
  const wanted = formatQuantity(request.quantity);
  const bound = `${request.name} limit of ${formatQuantity(limit.quantity)}`;
  if (!mayOvercommit(request.name)) {
    if (order !== 0) yield invalid(path, wanted, `must be equal to ${bound}`);
  } else if (order > 0) {
    yield invalid(path, wanted, `must be less than or equal to ${bound}`);
  }
}

function isStandard(name: string): boolean {
  return ['cpu', 'memory', 'ephemeral-storage'].includes(name) || isHugePages(name);
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Resources of a vendor: counted in whole units, and given to one container at a time. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/');
}

function mayOvercommit(name: string): boolean {
  return !isExtended(name) && !isHugePages(name);
}
