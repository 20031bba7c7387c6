import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { podmanDifferences } from './support/podman-differences.ts';

it('the page of the runtime says what podman does otherwise, and nothing else', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/runtime-docker.md'), 'utf8');
  const section = /^## Podman\n(.*?)^## /ms.exec(page)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `(.+?)` \| (.+?) \|$/gm)].map(([, test, reason]) => ({
    test,
    reason,
  }));
  expect(rows).toEqual(podmanDifferences);
});
