import { type Look, tell } from './look.ts';
import { revisionOf, rollbackTo } from './revision.ts';
import { isRolledBackTo, rollbackTarget, rolledBack } from './rollback-target.ts';
import type { Rollout, StoredDeployment } from './rollout.ts';

/**
 * What the annotation `deprecated.deployment.rollback.to` asks for. In any case it is taken off in the same write, so that
 * nothing is rolled back twice.
 */
export async function rollBack(rollout: Rollout, revision: bigint, look: Look): Promise<undefined> {
  const { deployment } = rollout;
  const { name } = deployment.metadata;
  const target = rollbackTarget(rollout, revision);
  if (target === undefined) {
    const words = revision === 0n ? 'find last revision' : 'find the revision to rollback to';
    await write(withoutRequest(deployment), look);
    tell(deployment, 'Warning', 'DeploymentRollbackRevisionNotFound', `Unable to ${words}.`, look);
    return;
  }
  if (isRolledBackTo(deployment, target)) {
    const message = `The rollback revision contains the same template as current deployment "${name}"`;
    await write(withoutRequest(deployment), look);
    tell(deployment, 'Warning', 'DeploymentRollbackTemplateUnchanged', message, look);
    return;
  }
  const number = revisionOf(target);
  await write(rolledBack(deployment, target), look);
  tell(
    deployment,
    'Normal',
    'DeploymentRollback',
    `Rolled back deployment "${name}" to revision ${number}`,
    look,
  );
  look.context.publishFact('rolled-back', { revision: Number(number) });
}

async function write(deployment: StoredDeployment, { context, signal }: Look): Promise<void> {
  await context.objects.update(deployment, signal);
}

function withoutRequest(deployment: StoredDeployment): StoredDeployment {
  const { [rollbackTo]: _, ...annotations } = deployment.metadata.annotations ?? {};
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}
