/**
 * The spec of a pod in binary form, with the numbers of its fields in Kubernetes' `generated.proto`: `kubectl create deployment`
 * and `debug --copy-to` send it.
 */

import { type MessageType, message, stringMap, strings, type WireType } from './wire-type.ts';

const reference = message({ 1: ['name', 'string'] });
const inlineReference: WireType = { inline: reference };
const quantities: WireType = { map: 'quantity' };

const fieldRef = message({ 1: ['apiVersion', 'string'], 2: ['fieldPath', 'string'] });
const resourceFieldRef = message({
  1: ['containerName', 'string'],
  2: ['resource', 'string'],
  3: ['divisor', 'quantity'],
});
const keyRef = message({ 1: ['', inlineReference], 2: ['key', 'string'], 3: ['optional', 'bool'] });
const optionalReference = message({ 1: ['', inlineReference], 2: ['optional', 'bool'] });

const envVar = message({
  1: ['name', 'string'],
  2: ['value', 'string'],
  3: [
    'valueFrom',
    message({
      1: ['fieldRef', fieldRef],
      2: ['resourceFieldRef', resourceFieldRef],
      3: ['configMapKeyRef', keyRef],
      4: ['secretKeyRef', keyRef],
    }),
  ],
});

const envFrom = message({
  1: ['prefix', 'string'],
  2: ['configMapRef', optionalReference],
  3: ['secretRef', optionalReference],
});

const containerPort = message({
  1: ['name', 'string'],
  2: ['hostPort', 'int'],
  3: ['containerPort', 'int'],
  4: ['protocol', 'string'],
  5: ['hostIP', 'string'],
});

const volumeMount = message({
  1: ['name', 'string'],
  2: ['readOnly', 'flag'],
  3: ['mountPath', 'string'],
  4: ['subPath', 'string'],
  5: ['mountPropagation', 'string'],
  6: ['subPathExpr', 'string'],
  7: ['recursiveReadOnly', 'string'],
});

const exec = message({ 1: ['command', strings] });
const httpGet = message({
  1: ['path', 'string'],
  2: ['port', 'int-or-string'],
  3: ['host', 'string'],
  4: ['scheme', 'string'],
  5: ['httpHeaders', { list: message({ 1: ['name', 'string'], 2: ['value', 'string'] }) }],
});
const tcpSocket = message({ 1: ['port', 'int-or-string'], 2: ['host', 'string'] });

const probe = message({
  1: [
    '',
    {
      inline: message({
        1: ['exec', exec],
        2: ['httpGet', httpGet],
        3: ['tcpSocket', tcpSocket],
        4: ['grpc', message({ 1: ['port', 'int'], 2: ['service', 'string'] })],
      }),
    },
  ],
  2: ['initialDelaySeconds', 'int'],
  3: ['timeoutSeconds', 'int'],
  4: ['periodSeconds', 'int'],
  5: ['successThreshold', 'int'],
  6: ['failureThreshold', 'int'],
  7: ['terminationGracePeriodSeconds', 'int'],
});

const hook = message({
  1: ['exec', exec],
  2: ['httpGet', httpGet],
  3: ['tcpSocket', tcpSocket],
  4: ['sleep', message({ 1: ['seconds', 'int'] })],
});

const seccompProfile = message({ 1: ['type', 'string'], 2: ['localhostProfile', 'string'] });

const securityContext = message({
  1: ['capabilities', message({ 1: ['add', strings], 2: ['drop', strings] })],
  2: ['privileged', 'bool'],
  4: ['runAsUser', 'int'],
  5: ['runAsNonRoot', 'bool'],
  6: ['readOnlyRootFilesystem', 'bool'],
  7: ['allowPrivilegeEscalation', 'bool'],
  8: ['runAsGroup', 'int'],
  9: ['procMount', 'string'],
  11: ['seccompProfile', seccompProfile],
});

const exitCodes = message({ 1: ['operator', 'string'], 2: ['values', { list: 'int' }] });

const container = message({
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', strings],
  4: ['args', strings],
  5: ['workingDir', 'string'],
  6: ['ports', { list: containerPort }],
  7: ['env', { list: envVar }],
  8: ['resources', message({ 1: ['limits', quantities], 2: ['requests', quantities] })],
  9: ['volumeMounts', { list: volumeMount }],
  10: ['livenessProbe', probe],
  11: ['readinessProbe', probe],
  12: ['lifecycle', message({ 1: ['postStart', hook], 2: ['preStop', hook], 3: ['stopSignal', 'string'] })],
  13: ['terminationMessagePath', 'string'],
  14: ['imagePullPolicy', 'string'],
  15: ['securityContext', securityContext],
  16: ['stdin', 'flag'],
  17: ['stdinOnce', 'flag'],
  18: ['tty', 'flag'],
  19: ['envFrom', { list: envFrom }],
  20: ['terminationMessagePolicy', 'string'],
  22: ['startupProbe', probe],
  24: ['restartPolicy', 'string'],
  25: ['restartPolicyRules', { list: message({ 1: ['action', 'string'], 2: ['exitCodes', exitCodes] }) }],
});

const files: WireType = {
  list: message({ 1: ['key', 'string'], 2: ['path', 'string'], 3: ['mode', 'int'] }),
};
const downwardFiles: WireType = {
  list: message({
    1: ['path', 'string'],
    2: ['fieldRef', fieldRef],
    3: ['resourceFieldRef', resourceFieldRef],
    4: ['mode', 'int'],
  }),
};
const projectedReference = message({
  1: ['', inlineReference],
  2: ['items', files],
  4: ['optional', 'bool'],
});

const source = (fields: MessageType['fields'] = {}): MessageType => ({ fields, isKept: true });

/** Of sources that cannot be mounted here only the name is read. */
const foreignSources = {
  ...{
    3: 'gcePersistentDisk',
    4: 'awsElasticBlockStore',
    5: 'gitRepo',
    7: 'nfs',
    8: 'iscsi',
    9: 'glusterfs',
  },
  ...{ 10: 'persistentVolumeClaim', 11: 'rbd', 12: 'flexVolume', 13: 'cinder', 14: 'cephfs', 15: 'flocker' },
  ...{ 17: 'fc', 18: 'azureFile', 20: 'vsphereVolume', 21: 'quobyte', 22: 'azureDisk' },
  ...{ 23: 'photonPersistentDisk', 24: 'portworxVolume', 25: 'scaleIO', 27: 'storageos', 28: 'csi' },
  ...{ 29: 'ephemeral', 30: 'image' },
};

const volumeSource = message({
  ...Object.fromEntries(
    Object.entries(foreignSources).map(([number, name]) => [number, [name, source()] as const]),
  ),
  1: ['hostPath', source({ 1: ['path', 'string'], 2: ['type', 'string'] })],
  2: ['emptyDir', source({ 1: ['medium', 'string'], 2: ['sizeLimit', 'quantity'] })],
  6: [
    'secret',
    source({
      1: ['secretName', 'string'],
      2: ['items', files],
      3: ['defaultMode', 'int'],
      4: ['optional', 'bool'],
    }),
  ],
  16: ['downwardAPI', source({ 1: ['items', downwardFiles], 2: ['defaultMode', 'int'] })],
  19: [
    'configMap',
    source({
      1: ['', inlineReference],
      2: ['items', files],
      3: ['defaultMode', 'int'],
      4: ['optional', 'bool'],
    }),
  ],
  26: [
    'projected',
    source({
      1: [
        'sources',
        {
          list: message({
            1: ['secret', projectedReference],
            2: ['downwardAPI', message({ 1: ['items', downwardFiles] })],
            3: ['configMap', projectedReference],
            4: ['serviceAccountToken', source()],
            5: ['clusterTrustBundle', source()],
          }),
        },
      ],
      2: ['defaultMode', 'int'],
    }),
  ],
});

const podSecurityContext = message({
  2: ['runAsUser', 'int'],
  3: ['runAsNonRoot', 'bool'],
  4: ['supplementalGroups', { list: 'int' }],
  5: ['fsGroup', 'int'],
  6: ['runAsGroup', 'int'],
  7: ['sysctls', { list: message({ 1: ['name', 'string'], 2: ['value', 'string'] }) }],
  9: ['fsGroupChangePolicy', 'string'],
  10: ['seccompProfile', seccompProfile],
});

const requirements: WireType = {
  list: message({ 1: ['key', 'string'], 2: ['operator', 'string'], 3: ['values', strings] }),
};
const selectorTerm = message({ 1: ['matchExpressions', requirements], 2: ['matchFields', requirements] });
const nodeAffinity = message({
  1: [
    'requiredDuringSchedulingIgnoredDuringExecution',
    message({ 1: ['nodeSelectorTerms', { list: selectorTerm }] }),
  ],
  2: [
    'preferredDuringSchedulingIgnoredDuringExecution',
    { list: message({ 1: ['weight', 'int'], 2: ['preference', selectorTerm] }) },
  ],
});

const toleration = message({
  1: ['key', 'string'],
  2: ['operator', 'string'],
  3: ['value', 'string'],
  4: ['effect', 'string'],
  5: ['tolerationSeconds', 'int'],
});

const dnsConfig = message({
  1: ['nameservers', strings],
  2: ['searches', strings],
  3: ['options', { list: message({ 1: ['name', 'string'], 2: ['value', 'string'] }) }],
});

export const podSpec = message({
  1: ['volumes', { list: message({ 1: ['name', 'string'], 2: ['', { inline: volumeSource }] }) }],
  2: ['containers', { list: container }],
  3: ['restartPolicy', 'string'],
  4: ['terminationGracePeriodSeconds', 'int'],
  5: ['activeDeadlineSeconds', 'int'],
  6: ['dnsPolicy', 'string'],
  7: ['nodeSelector', stringMap],
  8: ['serviceAccountName', 'string'],
  10: ['nodeName', 'string'],
  11: ['hostNetwork', 'flag'],
  12: ['hostPID', 'flag'],
  13: ['hostIPC', 'flag'],
  14: ['securityContext', podSecurityContext],
  15: ['imagePullSecrets', { list: reference }],
  16: ['hostname', 'string'],
  17: ['subdomain', 'string'],
  18: ['affinity', message({ 1: ['nodeAffinity', nodeAffinity] })],
  19: ['schedulerName', 'string'],
  20: ['initContainers', { list: container }],
  22: ['tolerations', { list: toleration }],
  23: ['hostAliases', { list: message({ 1: ['ip', 'string'], 2: ['hostnames', strings] }) }],
  24: ['priorityClassName', 'string'],
  25: ['priority', 'int'],
  26: ['dnsConfig', dnsConfig],
  27: ['shareProcessNamespace', 'bool'],
  28: ['readinessGates', { list: message({ 1: ['conditionType', 'string'] }) }],
  30: ['enableServiceLinks', 'bool'],
  36: ['os', message({ 1: ['name', 'string'] })],
});
