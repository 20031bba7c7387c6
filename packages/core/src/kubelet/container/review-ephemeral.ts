/** What the runtime cannot give a container that was added to a pod which runs already: asked before it is made. */

import type { Container, StoredPod } from '../../api/pod.ts';
import type { RuntimeFinding } from '../../contract/container-runtime.ts';
import type { NodeContext } from '../node-context.ts';

/** The fields of these containers begin with it. */
const list = 'spec.ephemeralContainers[';

/** What concerns the pod without them: one of them that cannot be is no reason to refuse the others. */
export function findingsOfPod(findings: readonly RuntimeFinding[]): readonly RuntimeFinding[] {
  return findings.filter(({ field }) => !field.startsWith(list));
}

/** Why the container cannot be made; what is only otherwise than it asks for is told by events. */
export function reviewEphemeral(node: NodeContext, pod: StoredPod, container: Container): string | undefined {
  const index = pod.spec.ephemeralContainers?.indexOf(container) ?? -1;
  if (index < 0) return undefined;
  const path = `${list}${index}]`;
  const findings = node.runtime.review(pod).filter(({ field }) => field.startsWith(path));
  const words = ({ field, message }: RuntimeFinding) => `${field}: ${message}`;
  for (const finding of findings.filter(({ severity }) => severity === 'warn')) {
    const event = { type: 'Warning', reason: 'UnsupportedField', message: words(finding) } as const;
    node.recordEvent(pod, { container: container.name, ...event });
  }
  const refused = findings.filter(({ severity }) => severity === 'refuse');
  return refused.length === 0 ? undefined : refused.map(words).join(', ');
}
