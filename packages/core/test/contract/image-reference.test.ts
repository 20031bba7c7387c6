import { describe, expect, it } from 'vitest';
import { formatImageReference, parseImageReference } from '../../src/contract/image-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('an image reference is completed as Docker does', () => {
  const table: readonly (readonly [string, string])[] = [
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['bitnami/redis', 'docker.io/bitnami/redis:latest'],
    ['registry.k8s.io/e2e-test-images/agnhost:2.40', 'registry.k8s.io/e2e-test-images/agnhost:2.40'],
    ['localhost/web', 'localhost/web:latest'],
    ['localhost:5000/web', 'localhost:5000/web:latest'],
    ['gcr.io/a/b/c_d__e-f.g:v1', 'gcr.io/a/b/c_d__e-f.g:v1'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1.27@${digest}`, `docker.io/library/nginx:1.27@${digest}`],
  ];
  it.each(table)('%s is %s', (image, want) => {
    expect(formatImageReference(parseImageReference(image))).toBe(want);
  });
});

describe('what is no image reference is refused by name', () => {
  const table = [
    '',
    ' ',
    'Nginx',
    'nginx:',
    'nginx:a b',
    'a//b',
    '/a',
    'a/',
    'a@b',
    '-a',
    'a..b',
    `${'a'.repeat(250)}`,
  ];
  it.each(table)('%j', (image) => {
    expect(() => parseImageReference(image)).toThrow(
      expect.objectContaining({
        code: 'IMAGE_NAME_INVALID',
        message: `couldn't parse image name ${JSON.stringify(image)}: invalid reference format`,
      }),
    );
  });
});
