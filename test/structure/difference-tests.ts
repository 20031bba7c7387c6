/**
 * By line of `docs/differences.md` (its section, and its first column): the file that tests it, and words of the test. Lines that
 * are missing here have tests that nobody has named yet, or none.
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
    'event of a death': named(`${agent}/events-and-logs`, 'ContainerExited'),
    'former deaths': named(
      `${core}/kubelet/pod/phase.property`,
      'keeps the last five of each container, newest first',
    ),
    CrashLoopBackOff: named(`${core}/kubelet/container/crash-loop`, 'maxMs'),
    'waiting it out': named(`${agent}/crash-loop`, 'container.retry'),
    'holding it up': named(`${agent}/operator-wishes`, 'mooring.dev/Paused'),
    'postStart hook': named(`${agent}/hooks`, 'postStartMsMax'),
    '`hostPath` of type `""` that is not there': named(
      `${core}/kubelet/volume/disk-volumes`,
      'the type of a hostPath',
    ),
  },
  'Pods and the agent': {
    'what the runtime cannot do': named('test/replication', 'UnsupportedByRuntime'),
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
    'the same: what is seen of it': named(
      `${core}/controller/replication/pod-set-controllers`,
      'PodsFailing',
    ),
    '`FailedReconcile` event': named(`${core}/controller/controller-host`, 'FailedReconcile'),
    'sets of 500 pods and more': named(`${core}/controller/controller-host`, 'restMs'),
    'selectors that overlap': named(`${core}/api/selector-overlap`, 'overlap'),
    "`waitFor(..., 'Available')`": named(`${core}/cluster/wait-for`, "'Available'"),
  },
  Deployments: {
    '`pod-template-hash`': named(`${core}/controller/deployment/pod-template`, 'pod-template-hash'),
    'finished Deployment that breaks later, or is scaled up and does not come up': named(
      `${core}/controller/deployment/status`,
      'AsDesired',
    ),
  },
  'Services and their endpoints': {
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
    '`tolerationSeconds`': named(
      `${core}/controller/taint-eviction/taint-eviction`,
      'does not begin before the pod was made',
    ),
    'several tolerations with times': named(
      `${core}/controller/taint-eviction/taint-eviction`,
      'is the shortest of several, each from its own beginning',
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
