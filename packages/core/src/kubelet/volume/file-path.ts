const pathBytesMax = 4096;
const nameBytesMax = 255;

/**
 * What is wrong with the paths of a volume's files, or `undefined`. Paths come from object keys and `items`, hence from
 * users: none may lead out of the volume, or meet the names that the volume keeps for itself (they begin with `..`).
 */
export function pathProblem(paths: readonly string[]): string | undefined {
  const all = new Set(paths);
  for (const path of paths) {
    const problem = problemOf(path);
    if (problem !== undefined) return problem;
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at);
      if (all.has(folder)) return `invalid path: ${folder} is both a file and the folder of ${path}`;
    }
  }
  return undefined;
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'invalid path: must not be empty: ""';
  if (path.startsWith('/')) return `invalid path: must be relative path: ${path}`;
  if (path.includes('\0')) return 'invalid path: must not hold a NUL byte';
  if (Buffer.byteLength(path) > pathBytesMax)
    return `invalid path: must be less than or equal to ${pathBytesMax} characters`;
  const names = path.split('/');
  if (names.includes('..')) return `invalid path: must not contain '..': ${path}`;
  if (names.includes('.') || names.includes('')) return `invalid path: must be clean: ${path}`;
  if (names.some((name) => Buffer.byteLength(name) > nameBytesMax))
    return `invalid path: filenames must be less than or equal to ${nameBytesMax} characters`;
  return path.startsWith('..') ? `invalid path: must not start with '..': ${path}` : undefined;
}
