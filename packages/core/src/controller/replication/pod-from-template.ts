import type { Labels } from '../../api/meta.ts';
import { dns1123SubdomainProblems } from '../../api/names.ts';
import type { Pod } from '../../api/pod.ts';
import type { PodTemplateSpec } from '../../api/workloads.ts';
import { controllerReference, type Owner } from './owner-references.ts';

/**
 * The pod that a template describes, controlled by `owner` and in its namespace. Labels, annotations, finalizers and
 * the spec are the template's; nothing else ties the pod to it, so a later change of the template leaves it alone.
 * Throws when the template has no labels: nobody could find such a pod again.
 */
export function podFromTemplate(template: PodTemplateSpec | undefined, owner: Owner): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  if (template === undefined || isEmpty(labels)) throw new Error('unable to create pods, no labels');
  const { name, namespace } = owner.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: podNamePrefix(name),
      ...(namespace !== undefined && { namespace }),
      labels,
      ...(annotations !== undefined && { annotations }),
      ...(finalizers !== undefined && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  };
}

/** The dash is left out when it would make the name too long to begin with. */
export function podNamePrefix(ownerName: string): string {
  const isLegal = dns1123SubdomainProblems(`${ownerName}a`).length === 0;
  return isLegal ? `${ownerName}-` : ownerName;
}

function isEmpty(labels: Labels | undefined): labels is undefined {
  return labels === undefined || Object.keys(labels).length === 0;
}
