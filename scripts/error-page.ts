import { errorCodes } from '../packages/core/src/contract/error.ts';

/** Every error code with what it means, in the order of its table. */
export function errorPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return [
    '# Error codes',
    '',
    '<!-- Written by `npm run docs:errors` from packages/core/src/contract/error.ts. -->',
    '',
    'Every error that Mooring throws is a `MooringError` with one of these codes. Recognise it with `hasCode(error, code)`',
    'rather than by its class or its words: the code stays the same from version to version, and from one loaded copy of',
    'the package to another.',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
