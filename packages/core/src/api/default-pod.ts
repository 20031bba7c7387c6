/** Fills in what a manifest leaves out, as the API server does before it validates and stores a pod. */

import { defaultContainer, defaultFieldRef } from './default-container.ts';
import type { Draft } from './draft.ts';
import type { ObjectMeta } from './meta.ts';
import type { DownwardApiItem, Pod, PodSpec, ProjectedVolume, Volume } from './pod.ts';
import type { PodTemplateSpec } from './workloads.ts';

const defaultNamespace = 'default';

/** A pod with all defaults; pure and idempotent. A zero or an empty string counts as left out, as it does in the API. */
export function defaultPod(pod: Pod): Pod;
export function defaultPod(pod: Draft<Pod>): Draft<Pod>;
export function defaultPod(pod: Draft<Pod>): Draft<Pod> {
  const spec = defaultPodSpec(pod.spec ?? {}, { isTemplate: false });
  return Object.assign({}, pod, { metadata: defaultMetadata(pod.metadata ?? {}), spec });
}

/**
 * A template gets the same defaults but two, which are filled in on the pods that are made from it: requests that follow
 * from limits, and host ports that follow from the host's network.
 */
export function defaultPodTemplate(template: Draft<PodTemplateSpec>): Draft<PodTemplateSpec> {
  return { ...template, spec: defaultPodSpec(template.spec ?? {}, { isTemplate: true }) };
}

/** Namespaced objects without a namespace are in `default`. */
export function defaultMetadata(metadata: Draft<ObjectMeta>): Draft<ObjectMeta> {
  return Object.assign({}, metadata, { namespace: metadata.namespace || defaultNamespace });
}

function defaultPodSpec(
  spec: Draft<PodSpec>,
  { isTemplate }: { readonly isTemplate: boolean },
): Draft<PodSpec> {
  const context = { hostNetwork: spec.hostNetwork ?? false, isTemplate };
  const { containers, initContainers, ephemeralContainers, volumes } = spec;
  // Not by spread: see `defaultContainer`.
  return Object.assign({}, spec, {
    restartPolicy: spec.restartPolicy || 'Always',
    terminationGracePeriodSeconds: defaultGracePeriod(spec.terminationGracePeriodSeconds),
    dnsPolicy: spec.dnsPolicy || 'ClusterFirst',
    securityContext: spec.securityContext ?? {},
    schedulerName: spec.schedulerName || 'default-scheduler',
    enableServiceLinks: spec.enableServiceLinks ?? true,
    ...(containers && { containers: containers.map((container) => defaultContainer(container, context)) }),
    ...(initContainers && {
      initContainers: initContainers.map((container) => defaultContainer(container, context)),
    }),
    ...(ephemeralContainers && {
      ephemeralContainers: ephemeralContainers.map((container) => defaultContainer(container, context)),
    }),
    ...(volumes && { volumes: volumes.map(defaultVolume) }),
  });
}

/** Negative periods are accepted for the sake of old objects; the store keeps them as 1. */
function defaultGracePeriod(seconds: number | undefined): number {
  if (seconds === undefined) return 30;
  return seconds < 0 ? 1 : seconds;
}

const defaultFileMode = 0o644;

function defaultVolume(volume: Draft<Volume>): Draft<Volume> {
  const { emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
  const hasSource = Object.keys(volume).some((key) => key !== 'name' && volume[key] !== undefined);
  return {
    ...volume,
    ...(!hasSource && { emptyDir: emptyDir ?? {} }),
    ...(hostPath && { hostPath: { ...hostPath, type: hostPath.type ?? '' } }),
    ...(configMap && { configMap: { ...configMap, defaultMode: configMap.defaultMode ?? defaultFileMode } }),
    ...(secret && { secret: { ...secret, defaultMode: secret.defaultMode ?? defaultFileMode } }),
    ...(downwardAPI && {
      downwardAPI: {
        ...withFieldRefs(downwardAPI),
        defaultMode: downwardAPI.defaultMode ?? defaultFileMode,
      },
    }),
    ...(projected && { projected: defaultProjected(projected) }),
  };
}

function defaultProjected({ sources, defaultMode, ...rest }: Draft<ProjectedVolume>): Draft<ProjectedVolume> {
  return {
    ...rest,
    defaultMode: defaultMode ?? defaultFileMode,
    ...(sources && {
      sources: sources.map((source) =>
        source.downwardAPI === undefined
          ? source
          : { ...source, downwardAPI: withFieldRefs(source.downwardAPI) },
      ),
    }),
  };
}

function withFieldRefs<T extends { readonly items?: readonly Draft<DownwardApiItem>[] | undefined }>(
  downwardAPI: T,
): T {
  const { items } = downwardAPI;
  if (items === undefined) return downwardAPI;
  return {
    ...downwardAPI,
    items: items.map((item) =>
      item.fieldRef === undefined ? item : { ...item, fieldRef: defaultFieldRef(item.fieldRef) },
    ),
  };
}
