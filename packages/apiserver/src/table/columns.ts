/** What a table shows of the objects of a kind. */

import type { ApiObject } from '@mooring/core';
import type { Moment } from './moment.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly format: string;
  readonly description: string;
  /** More than 0: only where a wide table is wanted. */
  readonly priority: number;
}

export type Cell = string | number;

export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface TablePrinter<T extends ApiObject = ApiObject> {
  readonly columns: readonly Column[];
  /** One for each column. */
  cells(object: T, moment: Moment): readonly Cell[];
  /** Said of objects that are finished. */
  conditions?(object: T): readonly RowCondition[];
}

/** `Ready`, `Current:integer`, `IP:wide`: a column in short. */
export function columns(...given: readonly string[]): readonly Column[] {
  return given.map((text) => {
    const [name = '', ...traits] = text.split(':');
    return {
      name,
      type: traits.includes('integer') ? 'integer' : 'string',
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: traits.includes('wide') ? 1 : 0,
    };
  });
}

export const none = '<none>';

/** `<none>` where there is nothing. */
export function joined(words: readonly string[], absent = none): string {
  return words.length === 0 ? absent : words.join(',');
}
