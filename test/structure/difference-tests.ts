/**
 * By line of `docs/differences.md` (its section, and its first column): the file that tests it, and words of the test.
 */

interface NamedTest {
  readonly file: string;
  readonly words: string;
}

const core = 'packages/core/test';
const agent = 'test/agent';

const named = (file: string, words: string): NamedTest => ({ file: `${file}.test.ts`, words });

export const differenceTests: Readonly<Record<string, Readonly<Record<string, NamedTest>>>> = {
  Probes: {
    '`httpGet` over TLS': named(
      'packages/probe-http/test/http-prober-tls',
      'speaks HTTP/1.1 where HTTP/2 is offered',
    ),
    'readiness of what is not ready yet': named(
      `${agent}/differences`,
      'what is not ready yet is probed by its period only',
    ),
    'counters of successes and failures': named(
      `${core}/kubelet/probe/worker`,
      'nothing of it passes to the next',
    ),
    'probes of later containers': named(
      `${core}/kubelet/probe/probe-facts`,
      'come for each container as start-up, readiness, liveness',
    ),
    'first probe': named(
      `${core}/kubelet/probe/probe-machine`,
      'at container start plus initial delay, not up to a period later',
    ),
    'answer that came late because the agent was busy': named(
      `${core}/kubelet/probe/run-probe`,
      'a deadline that the agent itself missed',
    ),
    'prober that ignores its abort': named(
      `${core}/kubelet/probe/run-probe`,
      'is not called again once three attempts hang, until one of them settles',
    ),
    'restart of the agent': named(
      `${core}/kubelet/probe/probe-machine`,
      'what was known of an adopted container, until a probe decides otherwise',
    ),
    'place of a probe': named(`${agent}/probe-from`, 'mooring.dev/probe-from'),
    'other handlers': named('test/examples/redis-ping-probe', 'redisPing'),
  },
  Containers: {
    'a crash': named(`${agent}/engine-trouble`, 'bring a crash to light at once'),
    '`BackOff` event': named(`${agent}/differences`, 'a wait is told once'),
    'ephemeral container whose target does not run': named(
      `${agent}/ephemeral-containers`,
      'waits for the container that it names',
    ),
    'ephemeral container that could not be started': named(
      `${agent}/ephemeral-containers`,
      'that cannot be started is not tried again, and shows why',
    ),
    'end of a wait': named(
      `${agent}/image-pull`,
      'is asked for again after 10, 20, 40, 80, 160, 300, 300 seconds',
    ),
    '`FailedToRetrieveImagePullSecret`': named(`${agent}/image-pull`, 'what is missing is told'),
    'preStop hook': named(`${core}/kubelet/hook/run-hook`, 'is killed by the signal and says why'),
    'failed hook of a process that has ended meanwhile': named(
      `${core}/kubelet/hook/run-hook`,
      'counts as done when it failed because its process had ended',
    ),
    'variable with a NUL byte': named(`${core}/kubelet/environment/build-environment`, 'holds a NUL byte'),
    'event of a death': named(`${agent}/events-and-logs`, 'ContainerExited'),
    'former deaths': named(
      `${core}/kubelet/pod/phase.property`,
      'keeps the last five of each container, newest first',
    ),
    CrashLoopBackOff: named(`${core}/kubelet/container/crash-loop`, 'maxMs'),
    'waiting it out': named(`${agent}/crash-loop`, 'container.retry'),
    'holding it up': named(`${agent}/operator-wishes`, 'mooring.dev/Paused'),
    'several containers of a pod that start again': named(
      `${agent}/hooks`,
      'come back without waiting for one another',
    ),
    'postStart hook': named(`${agent}/hooks`, 'postStartMsMax'),
    '`hostPath` of type `""` that is not there': named(
      `${core}/kubelet/volume/disk-volumes`,
      'the type of a hostPath',
    ),
  },
  'Pods and the agent': {
    'a pod that its node has no room for, or that asks for another one': named(
      `${agent}/differences`,
      'a pod that names its node runs there, whatever it asks for',
    ),
    'containers nobody knows': named(
      `${agent}/agent-restart`,
      'are removed, but not on the word of one look',
    ),
    'stop of the agent': named(
      `${agent}/cluster-life`,
      'detached leaves everything as it is, and nothing that ticks',
    ),
    'attaching to a process': named(
      'packages/runtime-process/test/streams',
      'gives it its input and reads what it prints from then on',
    ),
    'streams to a node': named('test/streams-over-nats', 'brings megabytes to a command of the'),
    'what the runtime cannot do': named('test/replication', 'UnsupportedByRuntime'),
    'static pod that is deleted through the API': named(
      `${agent}/static-pods`,
      'come back when somebody deletes them',
    ),
    'static pod whose file turns bad or empty': named(
      `${agent}/static-pods`,
      'do not suffer from a bad file among them, which is told',
    ),
    'pod actor that throws': named(
      `${core}/engine/supervise`,
      'puts an actor that crashes five times in a minute in quarantine',
    ),
    'a log that is followed while it is rotated faster than it is read': named(
      'packages/runtime-process/test/logs',
      'is followed over rotations without losing or doubling a line',
    ),
    events: named(`${core}/store/events/recorder`, 'are taken out an hour after they were last seen'),
  },
  'ReplicaSets and ReplicationControllers': {
    'own writes that the cache has not seen': named(
      `${core}/controller/controller-host`,
      'waits for the caches to see what the last look wrote, however long that takes',
    ),
    'pods that fail before they were ever ready': named(
      `${core}/controller/replication/pod-failures`,
      'are replaced more and more slowly, every 5 minutes at last',
    ),
    'the same: what is left of them': named(
      `${core}/controller/replication/pod-failures`,
      'are kept up to a number, the newest of them',
    ),
    'a pod that changed hands or labels while it is adopted or released': named(
      `${core}/controller/replication/pod-set-controllers`,
      'is decided anew for a pod that was made anew under the same name',
    ),
    'deleting a pod': named(
      `${core}/controller/differences`,
      'deletes the pod that it means, and not one of the same name made anew',
    ),
    'status that was overtaken': named(
      `${core}/controller/replication/scenarios`,
      'a status that was overtaken is made anew from what is there',
    ),
    'an empty selector that slipped past validation': named(
      `${core}/controller/differences`,
      'whose selector is empty selects nothing',
    ),
    'creating pods in a namespace that is being emptied': named(
      `${core}/controller/replication/pod-set-controllers`,
      'makes no noise when its namespace is being emptied',
    ),
    'the same: what is seen of it': named(
      `${core}/controller/replication/pod-set-controllers`,
      'PodsFailing',
    ),
    '`FailedReconcile` event': named(`${core}/controller/controller-host`, 'FailedReconcile'),
    'looks that fail because the store does not answer, or is full': named(
      `${core}/controller/controller-host`,
      'is repeated soon after the store answers again',
    ),
    'sets of 500 pods and more': named(`${core}/controller/controller-host`, 'restMs'),
    'selectors that overlap': named(`${core}/api/selector-overlap`, 'overlap'),
    "`waitFor(..., 'Available')`": named(`${core}/cluster/wait-for`, "'Available'"),
  },
  Deployments: {
    'ReplicaSet that was made smaller and still reports the pods that go': named(
      `${core}/controller/deployment/rolling-update`,
      'a report from before they were scaled down is too high',
    ),
    'a Deployment, or Endpoints, after 16 failures in a row': named(
      `${core}/controller/deployment/ownership`,
      'is tried again 15 times, then after ten minutes',
    ),
    'writes that fail while old ReplicaSets shrink': named(
      `${core}/controller/differences`,
      'goes on after writes that failed while the old ReplicaSet shrank',
    ),
    'scaled to the size that its only ReplicaSet has already, or with Recreate while two have pods': named(
      `${core}/controller/deployment/scaling-and-pause`,
      'to the size that its only ReplicaSet has already does not keep it from rolling out',
    ),
    'deadline of a rollout that was complete and broke': named(
      `${core}/controller/deployment/progress`,
      'is not waited for once it is over, or the rollout is complete',
    ),
    'undo before the controller has seen the latest template': named(
      `${core}/cluster/rollout`,
      'goes back one step also when the template before it has not been acted on yet',
    ),
    'a revision that is no number': named(
      `${core}/controller/deployment/revision`,
      'are 0 when there is none, or none that can be read',
    ),
    '`pod-template-hash`': named(`${core}/controller/deployment/pod-template`, 'pod-template-hash'),
    'finished Deployment that breaks later, or is scaled up and does not come up': named(
      `${core}/controller/deployment/status`,
      'AsDesired',
    ),
  },
  'Services and their endpoints': {
    'comparison with a cache that is behind': named(
      `${core}/controller/controller-host`,
      'does not act on a cache that is stuck, and says so',
    ),
    'a pod that is not ready and ends': named(
      `${core}/controller/endpoints/pod-change`,
      'the end, without having been ready before',
    ),
    'a pod whose node does not exist': named(
      `${core}/controller/endpoints/plan-slices`,
      'leaves out pods whose node is gone, unless their addresses are wanted in any state',
    ),
    'own objects changed by others': named(
      `${core}/controller/endpoints/endpoint-slice-controller`,
      'puts right what others did to its slices, a second later',
    ),
    'slices of a deleted Service': named(
      `${core}/controller/endpoints/endpoint-slice-controller`,
      'go with it, without a garbage collector',
    ),
    'Services of 500 pods and more': named(
      `${core}/controller/endpoints/endpoint-slice-controller`,
      'looks at a large Service now and then, however often its pods change',
    ),
    'a Service that names no IP family': named(
      `${core}/controller/endpoints/pod-endpoint`,
      "{ spec: { clusterIP: 'fd00::1' }, want: ['IPv6'] }",
    ),
    'preStop hook': named(`${agent}/withdrawal`, 'runs its preStop hook meanwhile'),
    'kube-proxy': named(
      `${core}/kubelet/proxy/service-proxy`,
      'is led to another endpoint when the first one dies before a byte was sent',
    ),
    'a port of a Service that gets another name': named(
      `${core}/kubelet/proxy/service-route`,
      'of a port that has got another name looks for the former one too, for five seconds',
    ),
    'Endpoints that are written by hand': named(
      `${core}/controller/endpoints/endpoints-controller`,
      'leaves Endpoints alone that somebody writes for a Service without selector, or before there is one',
    ),
    'Service without usable endpoints': named(
      `${core}/kubelet/proxy/service-proxy`,
      'without endpoints resets whoever comes',
    ),
    'cluster IPs': named(`${core}/store/allocation/service-allocator`, 'is free for the next one at once'),
    '`last-change-trigger-time`': named(
      `${core}/controller/endpoints/trigger-time`,
      'last-change-trigger-time',
    ),
    'stop signal of a deleted pod': named(
      `${agent}/withdrawal`,
      'gets its stop signal once no EndpointSlice lists it as ready',
    ),
    'UDP and SCTP ports': named(`${core}/kubelet/proxy/service-proxy`, 'UnsupportedProtocol'),
  },
  Nodes: {
    'grace period of a silent node': named(
      `${core}/controller/node-lifecycle/node-health`,
      'lets another controller go on counting, on a clock of its own',
    ),
    'taints of a node when the controller starts': named(
      `${core}/controller/node-lifecycle/outages`,
      'they go at the time that was set',
    ),
    'giving up a node, evicting a pod': named(
      `${core}/controller/node-lifecycle/monitor`,
      'a watch of leases that hangs gives nobody up',
    ),
    '`NoExecute` taint of a node that became `Unknown`': named(
      `${core}/controller/differences`,
      'that became Unknown is tainted by the same pass',
    ),
    'node that renews its lease and never reports': named(
      `${core}/controller/differences`,
      'that renews its lease and never says how it is keeps its pods',
    ),
    'disruption mode': named(
      `${core}/controller/node-lifecycle/monitor`,
      'is shown to anybody, with each change as an event and a fact',
    ),
    'runtime that does not answer': named(
      `${core}/kubelet/node/heartbeat`,
      'bears with a runtime that is silent for less than 30 s',
    ),
    'grace period that is too short': named(
      `${core}/cluster/validate-options`,
      'leave room for one more try',
    ),
    '`tolerationSeconds`': named(
      `${core}/controller/taint-eviction/taint-eviction`,
      'does not begin before the pod was made',
    ),
    'several tolerations with times': named(
      `${core}/controller/taint-eviction/taint-eviction`,
      'is the shortest of several, each from its own beginning',
    ),
    'node whose clock is set back': named(
      `${core}/controller/differences`,
      'whose clock is set back is not taken for lost',
    ),
    'agent that cannot renew its lease': named(
      `${core}/kubelet/node/fence`,
      'stops each pod in its own time, counted from the last renewal',
    ),
    'two agents with one node name': named(`${core}/kubelet/node/node-name`, 'NODE_NAME_TAKEN'),
    'rate of a zone when the controller starts': named(
      `${core}/controller/node-lifecycle/monitor`,
      'is not begun anew by a controller that is',
    ),
    'other numbers': named(
      `${agent}/lost-node`,
      'pods of a crashed node are replaced in under 30 s, and finished soon after',
    ),
    'pods of a lost node': named(
      `${agent}/lost-node`,
      'pods of a crashed node are replaced in under 30 s, and finished soon after',
    ),
  },
  'Owners, garbage and namespaces': {
    'kinds that are collected': named(
      `${core}/controller/garbage/garbage-controller`,
      'what is owned by a kind that nobody knows',
    ),
    orphaning: named(
      `${core}/controller/garbage/garbage-controller`,
      'loses nothing that the caches do not show yet',
    ),
    'what a finalizer keeps': named(`${core}/controller/garbage/garbage-controller`, 'FinalizersRemaining'),
    namespaces: named(
      `${core}/controller/namespace/namespace-controller`,
      'lets pods end before it touches what they use',
    ),
    'conditions of a namespace that is being emptied': named(
      `${core}/controller/namespace/namespace-conditions`,
      'NamespaceDeletionContentFailure',
    ),
    'cycle of objects that wait for one another to go': named(
      `${core}/controller/garbage/garbage-controller`,
      'breaks a cycle of objects that are all deleted in the foreground at once',
    ),
  },
  'The scheduler': {
    'many pods that ask for the same': named(
      `${core}/scheduler/scheduling-queue`,
      'is asked about once for all pods that need the same',
    ),
    'node that is not ready': named(`${core}/scheduler/filters`, 'a node that is not ready'),
    'default spreading': named(
      `${core}/scheduler/scores`,
      'spread the pods of an owner where nothing else tells nodes apart',
    ),
    'binding that comes too late': named(
      `${core}/scheduler/scheduler`,
      '33: two schedulers bind one pod; one wins, the other forgets what it assumed',
    ),
    'writes a second': named(
      `${core}/scheduler/scheduler`,
      'are limited by nothing but 100 that are under way',
    ),
    'a pod that no node takes': named(
      `${core}/scheduler/scheduling-queue`,
      'is tried after five minutes, whatever was missed',
    ),
    preemption: named(`${core}/scheduler/scheduler`, 'of a higher priority goes first'),
    'topology spread constraints, affinity between pods, scheduling gates, volumes': named(
      `${core}/api/validate-pod`,
      'this field is kept, but has no effect',
    ),
    'binding whose outcome is not known': named(
      `${core}/scheduler/scheduler`,
      'keeps its room as long as nobody knows whether it was written',
    ),
  },
};
