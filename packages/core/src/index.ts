/** Mooring's framework package: object types, plugin contracts, and the composition functions. */

export { type Admission, type AdmitOptions, admitObject, admitPod, admitUpdate } from './api/admit.ts';
export type * from './api/affinity.ts';
export { type Decoded, decodeObject } from './api/decode.ts';
export { defaultPod } from './api/default-pod.ts';
export { dialErrorWords, isDialError, systemErrorWords } from './api/dial-error.ts';
export type { Draft } from './api/draft.ts';
export { formatDuration } from './api/duration.ts';
export * from './api/field-error.ts';
export { formatURL, type GoURL, hostNameOf, joinHostPort, portOf, resolveURL } from './api/go-url.ts';
export { HandlerSettings } from './api/handler-settings.ts';
export { canonicalHeaders, type HeaderList, httpGetHeaders, httpGetURL } from './api/http-get-request.ts';
export { humanDuration, humanDurationStepMs } from './api/human-duration.ts';
export {
  doRangesOverlap,
  formatIPv4,
  type IPv4Range,
  isInRange,
  parseIPv4,
  parseIPv4Range,
} from './api/ipv4-range.ts';
export { type KindInfo, kindInfo, knownKinds } from './api/kinds.ts';
export type { KnownKinds, ObjectOf, Read, ReadMeta, ReferredObject } from './api/known-kinds.ts';
export {
  type LabelSelector,
  type LabelSelectorRequirement,
  labelSelectorAsMap,
  parseLabelSelector,
} from './api/label-selector.ts';
export type * from './api/meta.ts';
export { formatTime, parseTime } from './api/meta.ts';
export {
  configKeyProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  envNameProblems,
  httpHeaderNameProblems,
  labelValueProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from './api/names.ts';
export { didYouMean } from './api/nearest.ts';
export type * from './api/network.ts';
export type * from './api/objects.ts';
export {
  pausedAnnotation,
  pausedCondition,
  pauseOf,
  retryAnnotation,
} from './api/operator-wishes.ts';
export { parseSelector } from './api/parse-selector.ts';
export { mergePatch } from './api/patch/merge-patch.ts';
export { strategicMerge } from './api/patch/strategic-merge.ts';
export type * from './api/pod.ts';
export { isSidecar } from './api/pod.ts';
export { type PodRow, podRow } from './api/pod-row.ts';
export { type PodStanding, podStanding } from './api/pod-standing.ts';
export {
  compareQuantities,
  formatQuantity,
  milliUnits,
  parseQuantity,
  type Quantity,
  type QuantityFormat,
  quantityToNumber,
  wholeUnits,
} from './api/quantity.ts';
export { isScalable, type Scalable, type Scale, scaleOf, withReplicas } from './api/scale.ts';
export type { ObjectSchema, ScalarType, Schema } from './api/schema.ts';
export { defaultTreeLimits, screenValue, type TreeLimits } from './api/screen.ts';
export { withEncodedData } from './api/secret-data.ts';
export {
  createRequirement,
  formatSelector,
  mapSelectorMatches,
  type Requirement,
  type Selector,
  type SelectorOperator,
  selectorMatches,
} from './api/selector.ts';
export { type ValidatePodOptions, validatePod } from './api/validate-pod.ts';
export { validatePodUpdate } from './api/validate-pod-update.ts';
export type { HandlerCompiler, ProbeHandlers } from './api/validate-probe.ts';
export { workloadSelector } from './api/workload-selector.ts';
export type * from './api/workloads.ts';
export type { ActorRequestOptions } from './bus/actor-client.ts';
export type { ContainerUsage } from './bus/container-usage.ts';
export type { Fact } from './bus/fact-pattern.ts';
export { createInProcessBus, type InProcessBus } from './bus/in-process-bus.ts';
export {
  createStreamClient,
  type NodeStream,
  type StreamClient,
  type StreamClientOptions,
} from './bus/stream-client.ts';
export type {
  AttachRequest,
  ContainerTarget,
  ExecRequest,
  LogRequest,
  PodTarget,
  PortRequest,
  StatsRequest,
  StreamRequest,
  WantedStreams,
} from './bus/stream-request.ts';
export type {
  ActorHandle,
  Applied,
  Cluster,
  ContainerReference,
  ControllerActivity,
} from './cluster/cluster.ts';
export { createAgent, createCluster, createControllers } from './cluster/create-cluster.ts';
export type { TolerationSeconds } from './cluster/default-tolerations.ts';
export type {
  AgentOptions,
  CarrierWraps,
  ClusterOptions,
  ControllersOptions,
  ControlOptions,
  ElectionOptions,
  FencingOptions,
  HeartbeatOptions,
  NodeOptions,
  Preset,
  SchedulerOptions,
  ServiceProxyOptions,
  ServicesOptions,
} from './cluster/options.ts';
export type { PatchRequestOptions } from './cluster/patch.ts';
export { type PartContainer, partTokens } from './cluster/registered-parts.ts';
export type { RolloutClient, RolloutRevision } from './cluster/rollout.ts';
export type { RolloutProgress } from './cluster/rollout-progress.ts';
export type { ScaleOptions } from './cluster/scale.ts';
export type { WaitCondition, WaitOptions } from './cluster/wait-for.ts';
export type * from './contract/bus.ts';
export type * from './contract/clock.ts';
export type * from './contract/container-runtime.ts';
export type {
  Controller,
  ControllerCaches,
  ControllerEvent,
  ControllerWatch,
  ObjectChange,
  ReconcileContext,
  ReconcileOutcome,
  ReconcileRequest,
  RetrySettings,
} from './contract/controller.ts';
export { defineController, watchKind } from './contract/controller.ts';
export {
  type ErrorCode,
  errorCodes,
  errorMessage,
  hasCode,
  MooringError,
  type MooringErrorOptions,
} from './contract/error.ts';
export {
  formatImageReference,
  type ImageReference,
  parseImageReference,
} from './contract/image-reference.ts';
export type * from './contract/informer.ts';
export { type Logger, silentLogger } from './contract/logger.ts';
export type * from './contract/object-store.ts';
export type * from './contract/plugin.ts';
export type * from './contract/prober.ts';
export { defineProber } from './contract/prober.ts';
export type * from './contract/process-streams.ts';
export type * from './contract/store.ts';
export type * from './contract/transport.ts';
export type { NodeLifecycleSettings } from './controller/node-lifecycle/settings.ts';
export type { PodGCSettings } from './controller/pod-gc/settings.ts';
export { abortable, onAbort, sleep } from './engine/abortable.ts';
export { AsyncQueue, type AsyncQueueOptions } from './engine/async-queue.ts';
export { withDeadline } from './engine/deadline.ts';
export { systemClock, systemRandom } from './engine/system-clock.ts';
export type {
  ContainerBackOff,
  ContainerLogic,
  GateInput,
  GateOutput,
} from './kubelet/container/container-context.ts';
export type { StartFailure } from './kubelet/container/container-view.ts';
export type { CrashLoopOptions } from './kubelet/container/crash-loop.ts';
export { defaultLogic } from './kubelet/default-logic.ts';
export type { KubeletLogic, RuntimeHealth } from './kubelet/kubelet.ts';
export type { NodeContext } from './kubelet/node-context.ts';
export type { PodLogic } from './kubelet/pod/pod-context.ts';
export type { ProbeLogic } from './kubelet/probe/probe-machine.ts';
export type { VolumeHost } from './kubelet/volume/volume-host.ts';
export type { ManifestLimits } from './manifest/limits.ts';
export { type LoadManifestOptions, loadManifest } from './manifest/load.ts';
export {
  type ManifestObject,
  type ManifestOptions,
  type ManifestResult,
  parseManifest,
} from './manifest/parse.ts';
export { formatProblem, type ManifestProblem } from './manifest/problem.ts';
export { EventHub } from './plugin/event-hub.ts';
export { readState, writeState } from './plugin/state-files.ts';
export { deleteOptionErrors } from './store/deletion-policy.ts';
export { createLmdbStore, type LmdbStoreOptions } from './store/lmdb-store.ts';
export { createMemoryStore, type MemoryStoreOptions } from './store/memory-store.ts';
export type { WatchLimits } from './store/watch-hub.ts';

// What the packages of Mooring share with each other, marked `@internal`: it may change in any version.

export { isMergedPrimitiveList, mergeKeyOf } from './api/patch/merge-keys.ts';
export { podReferences } from './gateway/pod-references.ts';
export { takeDirectoryLock } from './store/directory-lock.ts';
export { jsonEqual } from './store/json-equal.ts';
export { KnownSpecs } from './store/known-specs.ts';
export { ListMemory } from './store/list-memory.ts';
export { withEphemeral } from './store/object-change.ts';
export {
  bootIdentity,
  isRunning,
  type ProcessIdentity,
  type ProcessStat,
  parseStat,
  thisProcess,
} from './store/process-identity.ts';
