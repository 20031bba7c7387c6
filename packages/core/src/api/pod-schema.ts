/** Every field of a v1 Pod and its JSON type. */

import { conditionSchema } from './meta-schema.ts';
import { boolean, inert, int32, int64, intOrString, list, map, object, quantity, string } from './schema.ts';

const strings = list(string);
const stringMap = map(string);

const fieldRef = object({ apiVersion: string, fieldPath: string });
const resourceFieldRef = object({ containerName: string, resource: string, divisor: quantity });
const keyRef = object({ name: string, key: string, optional: boolean });
const nameRef = object({ name: string, optional: boolean });

const envVar = object({
  name: string,
  value: string,
  valueFrom: object({
    fieldRef,
    resourceFieldRef,
    configMapKeyRef: keyRef,
    secretKeyRef: keyRef,
    fileKeyRef: inert,
  }),
});

const exec = object({ command: strings });
const httpGet = object({
  path: string,
  port: intOrString,
  host: string,
  scheme: string,
  httpHeaders: list(object({ name: string, value: string })),
});
const tcpSocket = object({ port: intOrString, host: string });

/** Other keys are handlers of plugins: an object is kept, a scalar is a misspelt setting. */
const probe = object(
  {
    exec,
    httpGet,
    tcpSocket,
    grpc: object({ port: int32, service: string }),
    initialDelaySeconds: int32,
    periodSeconds: int32,
    timeoutSeconds: int32,
    successThreshold: int32,
    failureThreshold: int32,
    terminationGracePeriodSeconds: int64,
  },
  'objects',
);

const lifecycleHandler = object({ exec, httpGet, tcpSocket, sleep: object({ seconds: int64 }) });

const seccompProfile = object({ type: string, localhostProfile: string });

const containerSecurityContext = object({
  runAsUser: int64,
  runAsGroup: int64,
  runAsNonRoot: boolean,
  privileged: boolean,
  readOnlyRootFilesystem: boolean,
  allowPrivilegeEscalation: boolean,
  capabilities: object({ add: strings, drop: strings }),
  procMount: inert,
  seLinuxOptions: inert,
  seccompProfile,
  appArmorProfile: inert,
  windowsOptions: inert,
});

const containerFields = {
  name: string,
  image: string,
  imagePullPolicy: string,
  command: strings,
  args: strings,
  workingDir: string,
  ports: list(
    object({ name: string, containerPort: int32, hostPort: int32, hostIP: string, protocol: string }),
  ),
  env: list(envVar),
  envFrom: list(object({ prefix: string, configMapRef: nameRef, secretRef: nameRef })),
  resources: object({ limits: map(quantity), requests: map(quantity), claims: inert }),
  volumeMounts: list(
    object({
      name: string,
      mountPath: string,
      readOnly: boolean,
      subPath: string,
      subPathExpr: string,
      mountPropagation: inert,
      recursiveReadOnly: inert,
    }),
  ),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: object({ postStart: lifecycleHandler, preStop: lifecycleHandler, stopSignal: string }),
  restartPolicy: string,
  restartPolicyRules: list(
    object({ action: string, exitCodes: object({ operator: string, values: list(int32) }) }),
  ),
  securityContext: containerSecurityContext,
  stdin: boolean,
  stdinOnce: boolean,
  tty: boolean,
  terminationMessagePath: string,
  terminationMessagePolicy: string,
  volumeDevices: inert,
  resizePolicy: inert,
};

export const containerSchema = object(containerFields);

const keyToPath = object({ key: string, path: string, mode: int32 });
const downwardItems = list(object({ path: string, mode: int32, fieldRef, resourceFieldRef }));
const projectedObject = object({ name: string, items: list(keyToPath), optional: boolean });

/** Other sources are kept whole, as those of a volume are. */
const projectedSource = object(
  { configMap: projectedObject, secret: projectedObject, downwardAPI: object({ items: downwardItems }) },
  'objects',
);

/** Sources that are known by name only are kept whole; validation says so. */
const volume = object(
  {
    name: string,
    emptyDir: object({ medium: string, sizeLimit: quantity }),
    hostPath: object({ path: string, type: string }),
    configMap: object({ name: string, items: list(keyToPath), defaultMode: int32, optional: boolean }),
    secret: object({ secretName: string, items: list(keyToPath), defaultMode: int32, optional: boolean }),
    downwardAPI: object({ items: downwardItems, defaultMode: int32 }),
    projected: object({ sources: list(projectedSource), defaultMode: int32 }),
  },
  'objects',
);

const podSecurityContext = object({
  runAsUser: int64,
  runAsGroup: int64,
  runAsNonRoot: boolean,
  fsGroup: int64,
  fsGroupChangePolicy: string,
  supplementalGroups: list(int64),
  supplementalGroupsPolicy: inert,
  sysctls: list(object({ name: string, value: string })),
  seLinuxOptions: inert,
  seLinuxChangePolicy: inert,
  seccompProfile,
  appArmorProfile: inert,
  windowsOptions: inert,
});

const nodeSelectorRequirements = list(object({ key: string, operator: string, values: strings }));
const nodeSelectorTerm = object({
  matchExpressions: nodeSelectorRequirements,
  matchFields: nodeSelectorRequirements,
});

const affinity = object({
  nodeAffinity: object({
    requiredDuringSchedulingIgnoredDuringExecution: object({ nodeSelectorTerms: list(nodeSelectorTerm) }),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      object({ weight: int32, preference: nodeSelectorTerm }),
    ),
  }),
  podAffinity: inert,
  podAntiAffinity: inert,
});

export const podSpecSchema = object({
  containers: list(containerSchema),
  initContainers: list(containerSchema),
  ephemeralContainers: list(object({ ...containerFields, targetContainerName: string })),
  volumes: list(volume),
  restartPolicy: string,
  terminationGracePeriodSeconds: int64,
  activeDeadlineSeconds: int64,
  dnsPolicy: string,
  dnsConfig: object({
    nameservers: strings,
    searches: strings,
    options: list(object({ name: string, value: string })),
  }),
  nodeSelector: stringMap,
  affinity,
  serviceAccountName: string,
  nodeName: string,
  hostNetwork: boolean,
  hostPID: boolean,
  hostIPC: boolean,
  shareProcessNamespace: boolean,
  securityContext: podSecurityContext,
  imagePullSecrets: list(object({ name: string })),
  hostname: string,
  subdomain: string,
  schedulerName: string,
  tolerations: list(
    object({ key: string, operator: string, value: string, effect: string, tolerationSeconds: int64 }),
  ),
  hostAliases: list(object({ ip: string, hostnames: strings })),
  priority: int32,
  priorityClassName: string,
  readinessGates: list(object({ conditionType: string })),
  enableServiceLinks: boolean,
  os: object({ name: string }),
  automountServiceAccountToken: inert,
  hostUsers: inert,
  hostnameOverride: inert,
  overhead: inert,
  preemptionPolicy: inert,
  resourceClaims: inert,
  resources: inert,
  runtimeClassName: inert,
  schedulingGates: inert,
  serviceAccount: inert,
  setHostnameAsFQDN: inert,
  topologySpreadConstraints: inert,
});

const containerState = object(
  {
    waiting: object({ reason: string, message: string }, 'keep'),
    running: object({ startedAt: string }, 'keep'),
    terminated: object(
      {
        exitCode: int32,
        signal: int32,
        reason: string,
        message: string,
        startedAt: string,
        finishedAt: string,
        containerID: string,
      },
      'keep',
    ),
  },
  'keep',
);

const containerStatus = object(
  {
    name: string,
    state: containerState,
    lastState: containerState,
    ready: boolean,
    started: boolean,
    restartCount: int32,
    image: string,
    imageID: string,
    containerID: string,
  },
  'keep',
);

/** What a cluster wrote may come back in a manifest; fields that are not ours pass in silence. */
export const podStatusSchema = object(
  {
    phase: string,
    conditions: list(conditionSchema),
    message: string,
    reason: string,
    hostIP: string,
    hostIPs: list(object({ ip: string })),
    podIP: string,
    podIPs: list(object({ ip: string })),
    startTime: string,
    containerStatuses: list(containerStatus),
    initContainerStatuses: list(containerStatus),
    ephemeralContainerStatuses: list(containerStatus),
    qosClass: string,
    observedGeneration: int64,
    terminations: list(object({}, 'keep')),
  },
  'keep',
);
