/** `npm run docs:machines [-- --check]`: the pages of all machines, `docs/machines/<name>.md`. */

import { findMachines } from './find-machines.ts';
import { machinePage } from './machine-page.ts';
import { updateDocs } from './update-docs.ts';

const machines = await findMachines();
await updateDocs(
  'docs/machines',
  new Map(machines.map((found) => [`${found.name}.md`, machinePage(found)])),
  process.argv.includes('--check'),
);
