import { errorMessage } from '@mooring/core/words';
import { UserError } from './user-error.ts';

/** Absolute. Throws a `UserError` when it has been removed, as by a deployment that replaces it. */
export function workingDirectory({ cwd }: { readonly cwd: () => string }): string {
  try {
    return cwd();
  } catch (error) {
    throw new UserError(`the working directory is not there any more: ${errorMessage(error)}`, {
      next: 'Go to another one, or to this one again if there is a new one in its place: cd "$PWD".',
    });
  }
}
