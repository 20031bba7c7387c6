/** `npm run openapi`: writes what the API server tells of its kinds. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDefinitions } from './openapi-definitions.ts';
import { openapiPage } from './openapi-page.ts';

const target = join(import.meta.dirname, '../packages/apiserver/openapi/definitions.json');
writeFileSync(target, openapiPage(makeDefinitions()));
