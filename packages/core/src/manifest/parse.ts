/** Manifest text to admitted objects: several documents, YAML or JSON, lists taken apart, every problem located. */

import { type AdmitOptions, admitObject } from '../api/admit.ts';
import type { FieldError, FieldWarning } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import { isPlainObject } from '../api/screen.ts';
import type { ProbeHandlers } from '../api/validate-probe.ts';
import { fragmentProblem } from './fragment.ts';
import { defaultManifestLimits, type ManifestLimits } from './limits.ts';
import { locateField } from './locate.ts';
import type { ManifestProblem } from './problem.ts';
import { readYamlDocuments, type YamlDocument } from './yaml-documents.ts';

/** How a manifest is read. */
export interface ManifestOptions {
  /** For messages. */
  readonly file?: string;
  /**
   * Probers of plugins, to check the handlers of probes. Left out, handlers that Kubernetes does not have are accepted:
   * the agent that is given the object knows its plugins, and checks again.
   */
  readonly handlers?: ProbeHandlers;
  readonly limits?: Partial<ManifestLimits>;
}

/** An object of a manifest, with the place where it stands. */
export interface ManifestObject {
  /** Validated, with all defaults. */
  readonly object: ApiObject;
  readonly document: number;
  readonly line: number;
}

/** Everything that a text holds: good objects, mistakes and warnings, each with its place. */
export interface ManifestResult {
  /** Those without mistakes, in the order of the file. */
  readonly objects: readonly ManifestObject[];
  readonly errors: readonly ManifestProblem[];
  readonly warnings: readonly ManifestProblem[];
}

/** Never throws. A mistake in one object does not keep the others from being read. */
export function parseManifest(text: string, options: ManifestOptions = {}): ManifestResult {
  const limits = { ...defaultManifestLimits, ...options.limits };
  const file = options.file ?? 'manifest';
  const admitOptions: AdmitOptions = { handlers: options.handlers ?? 'unchecked', limits };
  const objects: ManifestObject[] = [];
  const errors: ManifestProblem[] = [];
  const warnings: ManifestProblem[] = [];
  const { documents, lineAt } = readYamlDocuments(text, limits);
  for (const document of documents) {
    const problemAt = (offset: number, finding: Partial<FieldError> & { readonly message: string }) => ({
      file,
      document: document.number,
      line: lineAt(offset),
      field: finding.field ?? '',
      message: finding.message,
      ...(finding.type !== undefined && { type: finding.type }),
    });
    for (const flaw of document.flaws) errors.push(problemAt(flaw.offset, flaw));
    if (document.flaws.length > 0 || document.value === null) continue;
    for (const item of itemsOf(document)) {
      const locate = (finding: FieldError | FieldWarning) =>
        problemAt(locateField(item.value, finding.field, document.offsets, item.offset), {
          ...finding,
          field: joinPaths(item.path, finding.field),
        });
      const { object, errors: mistakes, warnings: remarks } = admitItem(item.value, admitOptions);
      errors.push(...mistakes.map(locate));
      warnings.push(...remarks.map(locate));
      if (object !== undefined)
        objects.push({ object, document: document.number, line: lineAt(item.offset) });
    }
  }
  return { objects, errors, warnings };
}

function admitItem(value: unknown, options: AdmitOptions): ReturnType<typeof admitObject> {
  const problem = fragmentProblem(value);
  return problem === undefined ? admitObject(value, options) : { errors: [problem], warnings: [] };
}

interface Item {
  readonly value: unknown;
  readonly offset: number;
  /** Path from the document to the item: empty, or `items[3]`. */
  readonly path: string;
}

/** The object of the document, or the objects of a `List`. */
function itemsOf({ value, offset, offsets }: YamlDocument): readonly Item[] {
  if (!isList(value)) return [{ value, offset, path: '' }];
  const itemOffsets = offsets.get(value.items);
  return value.items.map((item, i) => ({
    value: item,
    offset: itemOffsets?.get(String(i)) ?? offset,
    path: `items[${i}]`,
  }));
}

/** `kind: List`, and the typed ones such as `PodList` that an API server answers with. */
function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  if (!isPlainObject(value) || !Array.isArray(value['items'])) return false;
  return typeof value['kind'] === 'string' && value['kind'].endsWith('List');
}

function joinPaths(outer: string, inner: string): string {
  if (outer === '' || inner === '') return outer + inner;
  return inner.startsWith('[') ? `${outer}${inner}` : `${outer}.${inner}`;
}
