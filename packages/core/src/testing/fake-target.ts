import type { ContainerPort, EnvVar } from '../api/pod.ts';
import { MooringError } from '../contract/error.ts';
import type { ProbeTarget } from '../contract/prober.ts';
import { expandProbeCommand, resolvePort } from '../kubelet/probe/target.ts';

/** The container that a prober under test looks at. */
export interface FakeTargetOptions {
  /** Default `127.0.0.1`. */
  readonly podIP?: string;
  /** What messages say; nothing is timed by it. Default one second. */
  readonly timeoutMs?: number;
  /** The container's ports, for ports given by name. */
  readonly ports?: readonly ContainerPort[];
  /** The container's static environment, for `$(NAME)` in commands. */
  readonly env?: readonly EnvVar[];
  /** What a command does; by default it cannot be run. `localExec` runs it on this machine. */
  readonly exec?: ProbeTarget['exec'];
}

/** A container for a prober to look at, in a test without an agent. Ports and commands are resolved as an agent does it. */
export function fakeTarget(options: FakeTargetOptions = {}): ProbeTarget {
  const { podIP = '127.0.0.1', timeoutMs = 1000, ports = [], env = [], exec = cannotRun } = options;
  return {
    podIP,
    podUID: '5a1e6d3c-0000-4000-8000-000000000001',
    podName: 'pod',
    namespace: 'default',
    containerName: 'main',
    containerID: 'fake://main-0',
    timeoutMs,
    resolvePort: (port) => resolvePort(port, ports),
    expand: (words) => expandProbeCommand(words, env),
    exec,
  };
}

function cannotRun(command: readonly string[]): Promise<never> {
  return Promise.reject(
    new MooringError('EXEC_FAILED', `no such command in this test: ${command.join(' ')}`),
  );
}
