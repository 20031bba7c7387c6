/** Manifests that are damaged by the fuzz test: those of the examples, and one of each kind that is not among them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../../examples/seed');

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web }
spec:
  replicas: 3
  minReadySeconds: 5
  progressDeadlineSeconds: 60
  revisionHistoryLimit: 2
  selector:
    matchLabels: { app: web }
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 25% }
  template:
    metadata:
      labels: { app: web }
      annotations: { controller.kubernetes.io/pod-deletion-cost: "-5" }
    spec:
      hostNetwork: true
      containers:
        - name: web
          image: nginx:1
          ports: [{ name: http, containerPort: 80 }]
          resources: { limits: { cpu: 100m, memory: 64Mi } }
`;

const network = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  type: NodePort
  selector: { app: web }
  clusterIP: 10.0.0.1
  clusterIPs: [10.0.0.1, "fd00::1"]
  ipFamilies: [IPv4, IPv6]
  externalIPs: [192.0.2.1]
  sessionAffinity: ClientIP
  externalTrafficPolicy: Local
  ports:
    - { name: http, port: 80, targetPort: http, nodePort: 30080 }
    - { name: dns, port: 53, protocol: UDP }
---
apiVersion: v1
kind: Endpoints
metadata: { name: web }
subsets:
  - addresses: [{ ip: 10.1.0.1, nodeName: node-a, targetRef: { kind: Pod, name: web-1 } }]
    notReadyAddresses: [{ ip: 10.1.0.2, hostname: a }]
    ports: [{ name: http, port: 80 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { generateName: web- }
addressType: IPv4
endpoints:
  - { addresses: [10.1.0.1], conditions: { ready: true, terminating: false }, zone: a }
ports: [{ name: http, port: 80, appProtocol: example.com/web }]
`;

const cluster = `
apiVersion: v1
kind: Node
metadata: { name: node-a, labels: { zone: a } }
spec:
  unschedulable: true
  taints: [{ key: full, value: "yes", effect: NoExecute, timeAdded: "2026-01-01T00:00:00Z" }]
status:
  allocatable: { cpu: 4, memory: 8Gi }
  conditions: [{ type: Ready, status: "True" }]
---
apiVersion: v1
kind: Namespace
metadata: { name: shop, finalizers: [example.com/wait] }
spec: { finalizers: [kubernetes] }
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata:
  name: lock
  ownerReferences: [{ apiVersion: v1, kind: Node, name: node-a, uid: u, controller: true }]
spec: { holderIdentity: a, leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.123456Z" }
`;

/** Those that have nothing wrong with them. */
export const soundSeeds: readonly string[] = [deployment, network, cluster];

export const seeds: readonly string[] = [
  ...readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8')),
  ...soundSeeds,
];
