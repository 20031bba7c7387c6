/**
 * What the agent and its supervisor say to each other: one JSON object a line over a Unix socket, and small JSON
 * files in the directory of each container. A change that an older supervisor would misread needs a new version: the
 * new agent then starts a supervisor of its own and leaves the old one to the containers it has.
 */

export const supervisorVersion = 1;

/** Set in every container: what carries it belongs to that container, also after it left session and group. */
export const containerIDVariable = 'MOORING_CONTAINER_ID';

/** Set in every command that is run in a container: what carries it was begun by that command. */
export const execIDVariable = 'MOORING_EXEC_ID';

/** Files that a control group is set up with; its directory is `<parent>/<name of the launch>`. */
export interface CgroupPlan {
  readonly parent: string;
  readonly files: readonly (readonly [name: string, value: string])[];
  /** The file with the line `oom_kill <n>`; absent where memory is not limited. */
  readonly oomFile?: string;
}

/** All that must be known to start a process; equal plans are interchangeable, which is what makes a standby possible. */
export interface LaunchPlan {
  /** Put before the shell: `['unshare', '--mount', '--propagation', 'slave', '--']`. */
  readonly prefix: readonly string[];
  /** The shell script that becomes the process; see `launch-script.ts`. */
  readonly script: string;
  readonly cgroups: readonly CgroupPlan[];
}

/** What a shell has before it knows which container it becomes. */
export interface ShellKind {
  readonly prefix: readonly string[];
  /** The termination log is mounted here already. */
  readonly terminationLogPath?: string;
}

export interface SupervisorSettings {
  readonly logBytesMax: number;
  readonly logFilesMax: number;
  /** Keep shells waiting for any container, and the next instance of each one prepared. */
  readonly standby: boolean;
  /** Set where nobody can adopt the containers: they end with their agent, and this directory is removed. */
  readonly ephemeralDir?: string;
  /** What most containers will be started in. */
  readonly usualKind: ShellKind;
}

export type SupervisorRequest =
  | { readonly type: 'hello'; readonly settings: SupervisorSettings }
  /** A start is to be expected: the time until then can be used. */
  | { readonly type: 'prepare'; readonly id: string; readonly key: string; readonly plan: LaunchPlan }
  /** The start that was to be expected will not come. */
  | { readonly type: 'discard'; readonly id: string }
  /** `key` names what a restart has in common with its predecessor: pod and container. */
  | {
      readonly type: 'start';
      readonly id: string;
      readonly dir: string;
      readonly key: string;
      readonly plan: LaunchPlan;
    }
  /** Take up the log of a container whose supervisor has died. */
  | { readonly type: 'adopt'; readonly id: string; readonly dir: string }
  /** The container reads the end of its input once it has read what was written. */
  | { readonly type: 'close-input'; readonly id: string }
  /** There will be no further instance of `key`. */
  | { readonly type: 'retire'; readonly key: string }
  /** Hold one of these addresses for as long as this supervisor lives, so that no other agent of the host takes it. */
  | { readonly type: 'claim'; readonly addresses: readonly string[] };

export type SupervisorReply =
  | { readonly ok: true; readonly type: 'hello'; readonly running: readonly string[] }
  | { readonly ok: true; readonly type: 'start'; readonly process: ProcessRecord }
  | { readonly ok: true; readonly type: 'claim'; readonly address: string }
  | { readonly ok: true; readonly type: 'done' }
  | { readonly ok: false; readonly message: string };

/** What the supervisor says unasked. */
export interface ExitNotice {
  readonly type: 'exit';
  readonly id: string;
  readonly exit: ExitRecord;
}

/** Which process it is: pids are reused, pairs of pid and start time are not within one boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks since boot. */
  readonly startTicks: number;
  /** Boot ID and PID namespace. */
  readonly boot: string;
}

/**
 * `process.json`, written by the supervisor when a container has been started. All but the time is in
 * `launch/identity.json` before that.
 */
export interface ProcessRecord extends ProcessIdentity {
  readonly startedAtMs: number;
  readonly cgroups: readonly string[];
}

/** `exit.json`, written by the supervisor when a container has ended, or by the agent for one that nobody saw end. */
export interface ExitRecord {
  readonly exitCode: number;
  readonly signal?: string;
  readonly finishedAtMs: number;
  readonly reason?: string;
  readonly message?: string;
}

/** `supervisor.json`: how to reach the supervisor. */
export interface SupervisorRecord extends ProcessIdentity {
  readonly version: number;
  readonly socket: string;
}

/** Names within the directory of a container. */
export const containerFiles = {
  config: 'container.json',
  process: 'process.json',
  exit: 'exit.json',
  log: 'output.log',
  /** The launch directory that became this container: its script, its pipes, its termination message. */
  launch: 'launch',
  terminationLog: 'termination-log',
  /** The pipe from which a container reads that has an input. */
  stdin: 'stdin',
  /** There where the container runs in a terminal. */
  terminal: 'terminal',
  identity: 'identity.json',
} as const;
