/** Reads a manifest file. */

import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ApiObject } from '../api/meta.ts';
import { type ErrorCode, errorMessage, MooringError } from '../contract/error.ts';
import { defaultManifestLimits } from './limits.ts';
import { type ManifestOptions, type ManifestResult, parseManifest } from './parse.ts';
import { formatProblem, type ManifestProblem } from './problem.ts';

/** As for `parseManifest`, and who hears of warnings. */
export interface LoadManifestOptions extends ManifestOptions {
  /** Told of each warning; without it they are not shown. */
  readonly onWarning?: (warning: ManifestProblem) => void;
}

/**
 * The objects of a manifest file, validated and with all defaults. Rejects with `NOT_FOUND`, `MANIFEST_SYNTAX` or
 * `INVALID`; the message lists every mistake with file, line and document, `fields` every field.
 */
export async function loadManifest(path: string, options: LoadManifestOptions = {}): Promise<ApiObject[]> {
  const file = options.file ?? path;
  const bytesMax = options.limits?.bytesMax ?? defaultManifestLimits.bytesMax;
  const text = decodeText(await readBounded(path, bytesMax), file);
  const { objects, errors, warnings } = parseManifest(text, { ...options, file });
  for (const warning of warnings) options.onWarning?.(warning);
  if (errors.length > 0) throw manifestError(file, errors);
  return objects.map(({ object }) => object);
}

/** One error for all problems of a manifest. */
function manifestError(file: string, errors: ManifestResult['errors']): MooringError {
  const isSyntax = errors.some((error) => error.type === undefined);
  const count = errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`;
  const message = [`${basename(file)} has ${count}:`, ...errors.map(formatProblem)].join('\n  ');
  const fields = errors.map(({ field, type = 'Syntax', message: words }) => ({
    field,
    type,
    message: words,
  }));
  return new MooringError(isSyntax ? 'MANIFEST_SYNTAX' : 'INVALID', message, { fields });
}

async function readBounded(path: string, bytesMax: number): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const status = await file.stat();
    if (!status.isFile()) throw new MooringError('MANIFEST_SYNTAX', `${path} is not a regular file`);
    if (status.size > bytesMax)
      throw new MooringError(
        'MANIFEST_SYNTAX',
        `${path} has ${status.size} bytes; at most ${bytesMax} are read`,
      );
    return await file.readFile();
  } catch (error) {
    if (error instanceof MooringError) throw error;
    throw new MooringError(readErrorCode(error), `${path} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

function readErrorCode(error: unknown): ErrorCode {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isMissing ? 'NOT_FOUND' : 'MANIFEST_SYNTAX';
}

function decodeText(bytes: Buffer, file: string): string {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  // Decoding puts U+FFFD where the first wrong byte is; a true one before it would be a rare misdirection.
  const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length;
  throw new MooringError('MANIFEST_SYNTAX', `${file}:${line} (document 1): the text is not valid UTF-8`);
}
