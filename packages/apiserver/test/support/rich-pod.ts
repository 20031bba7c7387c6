/** A pod in which every field says something that is acted on, for clients that send it on in another form. */

const optionalRef = (name: string) => ({ name, optional: true });
const probe = (handler: object) => ({
  ...handler,
  initialDelaySeconds: 3,
  timeoutSeconds: 4,
  periodSeconds: 5,
  successThreshold: 1,
  failureThreshold: 6,
});
const httpGet = {
  path: '/ok',
  port: 'http',
  host: '127.0.0.1',
  scheme: 'HTTPS',
  httpHeaders: [{ name: 'A', value: 'b' }],
};
const seccompProfile = { type: 'Localhost', localhostProfile: 'a.json' };
const items = [{ key: 'k', path: 'p', mode: 256 }];
const downward = [
  { path: 'labels', mode: 256, fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.labels' } },
  { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } },
];
const expressions = [{ key: 'a', operator: 'In', values: ['b', 'c'] }];

const main = {
  name: 'main',
  image: 'main:1',
  imagePullPolicy: 'Never',
  command: ['run', ''],
  args: ['it'],
  workingDir: '/work',
  ports: [{ name: 'http', containerPort: 80, hostPort: 8080, hostIP: '127.0.0.2', protocol: 'TCP' }],
  env: [
    { name: 'PLAIN', value: 'x' },
    { name: 'FIELD', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    {
      name: 'CPU',
      valueFrom: { resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1' } },
    },
    { name: 'MAP', valueFrom: { configMapKeyRef: { ...optionalRef('c'), key: 'k' } } },
    { name: 'SECRET', valueFrom: { secretKeyRef: { ...optionalRef('s'), key: 'k' } } },
  ],
  envFrom: [{ prefix: 'P_', configMapRef: optionalRef('c') }, { secretRef: optionalRef('s') }],
  resources: { limits: { cpu: '2', memory: '64Mi' }, requests: { cpu: '1', memory: '32Mi' } },
  volumeMounts: [
    { name: 'memory', mountPath: '/memory', readOnly: true, subPath: 'a' },
    { name: 'host', mountPath: '/host', subPathExpr: '$(PLAIN)' },
  ],
  livenessProbe: { ...probe({ httpGet }), terminationGracePeriodSeconds: 7 },
  readinessProbe: probe({ tcpSocket: { port: 80, host: '127.0.0.1' } }),
  startupProbe: probe({ grpc: { port: 81, service: 'health' } }),
  lifecycle: { postStart: { sleep: { seconds: 1 } }, preStop: { exec: { command: ['true'] } } },
  securityContext: {
    runAsUser: 1,
    runAsGroup: 2,
    runAsNonRoot: true,
    privileged: false,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: true,
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    seccompProfile,
  },
  stdin: true,
  stdinOnce: true,
  tty: true,
  terminationMessagePath: '/words',
  terminationMessagePolicy: 'FallbackToLogsOnError',
  restartPolicy: 'OnFailure',
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [3, 4] } }],
};

export const richPod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations: { a: 'b' } },
  spec: {
    containers: [main],
    initContainers: [{ name: 'side', image: 'side:1', restartPolicy: 'Always' }],
    volumes: [
      { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'empty', emptyDir: {} },
      { name: 'host', hostPath: { path: '/tmp', type: 'Directory' } },
      { name: 'map', configMap: { ...optionalRef('c'), items, defaultMode: 288 } },
      { name: 'secret', secret: { secretName: 's', items, defaultMode: 288, optional: true } },
      { name: 'self', downwardAPI: { items: downward, defaultMode: 288 } },
      {
        name: 'all',
        projected: {
          sources: [
            { configMap: { ...optionalRef('c'), items } },
            { secret: { ...optionalRef('s'), items: [{ key: 'k', path: 'q' }] } },
            { downwardAPI: { items: downward } },
          ],
          defaultMode: 288,
        },
      },
    ],
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 9,
    activeDeadlineSeconds: 3600,
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['127.0.0.53'], searches: ['a.b'], options: [{ name: 'ndots', value: '2' }] },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: expressions }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 5, preference: { matchExpressions: expressions } },
        ],
      },
    },
    hostPID: true,
    hostIPC: true,
    securityContext: {
      runAsUser: 3,
      runAsGroup: 4,
      runAsNonRoot: true,
      fsGroup: 5,
      fsGroupChangePolicy: 'OnRootMismatch',
      supplementalGroups: [6, 7],
      sysctls: [{ name: 'net.core.somaxconn', value: '128' }],
      seccompProfile,
    },
    imagePullSecrets: [{ name: 'pull' }],
    hostname: 'h',
    subdomain: 'd',
    schedulerName: 'own',
    tolerations: [
      { key: 'k', operator: 'Equal', value: 'v', effect: 'NoExecute', tolerationSeconds: 8 },
      { operator: 'Exists' },
    ],
    hostAliases: [{ ip: '127.0.0.1', hostnames: ['x', 'y'] }],
    priority: 0,
    readinessGates: [{ conditionType: 'example.com/ready' }],
    enableServiceLinks: false,
    os: { name: 'linux' },
  },
});
