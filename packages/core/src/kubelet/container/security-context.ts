import type { Container, PodSpec, SecurityContext } from '../../api/pod.ts';

/**
 * What the container says, and where it says nothing the user of its pod (Kubernetes' `DetermineEffectiveSecurityContext`,
 * as far as runtimes know it). `undefined` when neither says anything.
 */
export function securityContextOf(
  spec: Pick<PodSpec, 'securityContext'>,
  container: Pick<Container, 'securityContext'>,
): SecurityContext | undefined {
  const inherited = pickDefined((spec.securityContext ?? {}) as SecurityContext);
  if (Object.keys(inherited).length === 0) return container.securityContext;
  return { ...inherited, ...container.securityContext };
}

function pickDefined({ runAsUser, runAsGroup, runAsNonRoot }: SecurityContext): SecurityContext {
  return {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(runAsNonRoot !== undefined && { runAsNonRoot }),
  };
}
