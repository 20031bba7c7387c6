/**
 * An object that was decoded but not validated yet: every field has the right JSON type where it is present,
 * but any field, a required one too, may be missing, and words may lie outside their enumeration.
 */
export type Draft<T> = T extends string
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Draft<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
      : T;
