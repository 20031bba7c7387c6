import type { Definition } from '../packages/apiserver/src/openapi/definition.ts';

/** One line for each definition, so that changes can be read. */
export function openapiPage(definitions: Readonly<Record<string, Definition>>): string {
  const lines = Object.entries(definitions).map(
    ([name, definition]) => `${JSON.stringify(name)}: ${JSON.stringify(definition)}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}
