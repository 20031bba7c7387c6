/** What is wrong in a manifest, and where: file, document, line, field. */

import type { FieldErrorType } from '../api/field-error.ts';

/** A place in a text that has not been given a file and a line yet. */
export interface Flaw {
  readonly offset: number;
  readonly message: string;
}

/** A mistake or a warning in a manifest, with the place where it stands. */
export interface ManifestProblem {
  readonly file: string;
  /** Counted from 1, as the separators `---` divide the file. */
  readonly document: number;
  /** Counted from 1: of the field, or of the nearest thing around it that is there. */
  readonly line: number;
  /** Empty when the text itself cannot be read. */
  readonly field: string;
  /** Absent for mistakes of syntax, and for warnings. */
  readonly type?: FieldErrorType;
  readonly message: string;
}

/** `web.yaml:12 (document 2): spec.containers[0].image: Required value` */
export function formatProblem({ file, document, line, field, message }: ManifestProblem): string {
  const words = field === '' ? message : `${field}: ${message}`;
  return `${file}:${line} (document ${document}): ${words}`;
}
