/** RFC 6902: a list of operations. Pure. */

import jsonPatch, { type Operation } from 'fast-json-patch';
import { isFields, itemsOf } from '../json/fields.ts';
import { badRequest, StatusError } from '../status/status-error.ts';

/** As in Kubernetes. */
const operationsMax = 10_000;

const names: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/**
 * The object as the operations leave it; the one that is given stays as it is. Throws a `StatusError` when an operation
 * cannot be carried out, when a test fails, and when copies of copies grow beyond `bytesMax`.
 */
export function applyJSONPatch(target: object, patch: unknown, bytesMax: number): unknown {
  // One copy, which all operations change: of a large object, one for each would take minutes.
  let document: unknown = jsonPatch.deepClone(target);
  let copied = 0;
  for (const operation of operationsOf(patch)) {
    try {
      if (isForNothing(operation) && jsonPatch.getValueByPointer(document, operation.path) === undefined)
        continue;
      if (operation.op === 'copy') {
        const value: unknown = jsonPatch.getValueByPointer(document, operation.from);
        copied += JSON.stringify(value ?? null).length;
        if (copied > bytesMax) throw tooMuchCopied(bytesMax);
      }
      // Its value becomes part of the document, and the patch may be applied once more.
      const own: Operation = jsonPatch.deepClone(operation);
      document = jsonPatch.applyPatch(document, [own], true, true).newDocument;
    } catch (error) {
      throw error instanceof StatusError ? error : refused(operation, error);
    }
  }
  return document;
}

/** As in Kubernetes, what is not there is `null` to those who test for it. */
function isForNothing(operation: Operation): boolean {
  return operation.op === 'test' && operation.value === null;
}

function operationsOf(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch must be a list of operations');
  if (patch.length > operationsMax)
    throw new StatusError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`,
    );
  for (const operation of itemsOf(patch)) {
    const isWellFormed =
      isFields(operation) && names.has(operation['op']) && typeof operation['path'] === 'string';
    if (!isWellFormed) throw badRequest('each operation of a JSON patch must have an op and a path');
  }
  // What an operation needs besides is checked when it is carried out.
  return patch as Operation[];
}

function refused({ op, path }: Operation, cause: unknown): StatusError {
  const words = 'the server rejected our request due to an error in our request';
  const causes = [{ message: `the operation ${op} of ${path} could not be carried out`, field: 'patch' }];
  return new StatusError('Invalid', words, { causes }, cause);
}

function tooMuchCopied(bytesMax: number): StatusError {
  return new StatusError('RequestEntityTooLarge', `the patch copies more than ${bytesMax} bytes`);
}
