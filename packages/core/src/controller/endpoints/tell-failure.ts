import type { ApiObject } from '../../api/meta.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { errorMessage, hasCode } from '../../contract/error.ts';

/** Settles like `writing`. A failure is told in an event of the object, in Kubernetes' words; a lost race is none. */
export async function tellFailure(
  writing: Promise<void>,
  { recordEvent }: ReconcileContext,
  { about, reason, what }: { readonly about: ApiObject; readonly reason: string; readonly what: string },
): Promise<void> {
  try {
    await writing;
  } catch (error) {
    const isFailure = !hasCode(error, 'CONFLICT') && !hasCode(error, 'ABORTED');
    const message = `${what}: ${errorMessage(error)}`;
    if (isFailure) recordEvent(about, { type: 'Warning', reason, message });
    throw error;
  }
}
