/** What a user of the process runtime can set. */

/** What an image reference stands for: a program of this host. */
export interface ImageDefinition {
  /** Program and first arguments; the entrypoint of an image. `command` of a container replaces it. */
  readonly argv: readonly string[];
  /** Further arguments; the `cmd` of an image. `args` of a container, or a `command`, replaces them. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The directory that the program starts in; relative to that of the agent, and that by default. */
  readonly workingDir?: string;
  /** `SIGTERM` by default. */
  readonly stopSignal?: string;
}

/** A bare list is an `argv`; an empty one runs exactly the command that the container gives. */
export type ImageMapping = readonly string[] | ImageDefinition;

/** Options of `processRuntime`. */
export interface ProcessRuntimeOptions {
  /** Image references and the programs that they stand for: `{ nginx: ['node', 'web.js'] }`. */
  readonly images?: Readonly<Record<string, ImageMapping>>;
  /** Where pod addresses come from: a part of 127.0.0.0/8, which is also the default. */
  readonly ipRange?: string;
  /** Size at which the log of a container is rotated; 10 MiB by default. */
  readonly logMaxBytes?: number;
  /** How many log files are kept of a container, the current one included; 5 by default. */
  readonly logMaxFiles?: number;
  /** `auto`: enforce limits where control groups can be written. */
  readonly cgroups?: 'auto' | 'off';
  /** `auto`: mount volumes and the termination log where mount namespaces can be made. */
  readonly mounts?: 'auto' | 'off';
  /** Keep a few shells waiting, and the next instance of each container prepared: quick restarts; true by default. */
  readonly standby?: boolean;
  /** Variables that containers get from the agent when neither image nor pod sets them. */
  readonly inheritEnv?: readonly string[];
  /** What is to be done about an image that is not mapped, in the words of who composes the runtime; `IMAGE` stands for its name. */
  readonly unmappedHint?: string;
}

export type ResolvedOptions = Required<ProcessRuntimeOptions>;

/** What holds where an option is not given. */
export const defaultOptions: ResolvedOptions = {
  images: {},
  ipRange: '127.0.0.0/8',
  logMaxBytes: 10 * 1024 * 1024,
  logMaxFiles: 5,
  cgroups: 'auto',
  mounts: 'auto',
  standby: true,
  // Without a PATH hardly any program is found, without a HOME many complain; nothing else leaks in.
  inheritEnv: ['PATH', 'HOME', 'LANG', 'TZ'],
  unmappedHint:
    "add it to the images of the process runtime, as in processRuntime({ images: { 'IMAGE': ['node', 'server.js'] } })",
};
