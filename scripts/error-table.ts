/** `npm run docs:errors [-- --check]`: the table of error codes, `docs/errors.md`. */

import { errorPage } from './error-page.ts';
import { updateDocs } from './update-docs.ts';

await updateDocs('docs', new Map([['errors.md', errorPage()]]), process.argv.includes('--check'));
