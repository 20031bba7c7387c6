import type { Container, PodSecurityContext, PodSpec, SecurityContext } from '../../api/pod.ts';

/**
 * What the container says, and where it says nothing the user of its pod (Kubernetes' `DetermineEffectiveSecurityContext`,
 * as far as runtimes know it). `undefined` when neither says anything.
 */
export function securityContextOf(
  spec: Pick<PodSpec, 'securityContext'>,
  container: Pick<Container, 'securityContext'>,
): SecurityContext | undefined {
  const inherited = pickDefined(spec.securityContext ?? {});
  if (Object.keys(inherited).length === 0) return container.securityContext;
  return { ...inherited, ...container.securityContext };
}

function pickDefined({
  runAsUser,
  runAsGroup,
  runAsNonRoot,
  seccompProfile,
}: PodSecurityContext): SecurityContext {
  return {
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(runAsNonRoot !== undefined && { runAsNonRoot }),
    ...(seccompProfile !== undefined && { seccompProfile }),
  };
}

/** Groups of a container besides those of its user: those of the pod, and that of its volumes. */
export function supplementalGroupsOf({
  securityContext = {},
}: Pick<PodSpec, 'securityContext'>): readonly number[] {
  const { supplementalGroups = [], fsGroup } = securityContext;
  return [...new Set([...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])])];
}
