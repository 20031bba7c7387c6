/** How the kinds of the API are described, in a form from which both versions of OpenAPI are made. */

export interface PropertySchema {
  /** The name of another definition. */
  readonly ref?: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly format?: string;
  readonly items?: PropertySchema;
  readonly additionalProperties?: PropertySchema;
  readonly description?: string;
  /** How a strategic merge patch treats it. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Definition {
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, PropertySchema>>;
  /** Of what is an object of its own. */
  readonly kind?: GroupVersionKind;
}

export type Definitions = Readonly<Record<string, Definition>>;
