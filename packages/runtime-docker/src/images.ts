/** Images: what is there, what is fetched, and the one that holds the network of a pod. */

import { Readable } from 'node:stream';
import {
  abortable,
  errorMessage,
  formatImageReference,
  hasCode,
  type ImageRef,
  MooringError,
  type PullOptions,
  type PullPolicy,
  parseImageReference,
} from '@mooring/core';
import type { Engine } from './engine.ts';
import { engineWords, statusOf } from './engine-error.ts';
import type { RegistryCredentials, ResolvedOptions } from './options.ts';
import { pauseProgram } from './pause-program.ts';
import { type PullPorts, pull, untilDone } from './pull.ts';
import { knownArchitectures } from './static-program.ts';
import { tarOf } from './tar.ts';

export interface FoundImage {
  readonly ref: ImageRef;
  readonly pulled: boolean;
  readonly sizeBytes?: number;
  /** Whom it runs as when nobody says otherwise; empty for root. */
  readonly user?: string;
}

/** The number goes up with the program. */
const ownPauseImage = 'mooring/pause:1';
const never = new AbortController().signal;
/** By the address of the engine. */
const making = new Map<string, Promise<string>>();

export interface ImagesPorts extends Omit<PullPorts, 'progressMsMax'> {
  readonly options: ResolvedOptions;
}

export class Images {
  private readonly engine: Engine;
  private readonly ports: ImagesPorts;
  /** By name, as long as somebody would have heard of a change. */
  private readonly seen = new Map<string, FoundImage>();
  private isInformed = false;
  /** Goes up with every change: what was asked for before it is not kept. */
  private changes = 0;

  constructor(ports: ImagesPorts) {
    this.engine = ports.engine;
    this.ports = ports;
  }

  /** Whether the engine tells when an image comes or goes. */
  informed(isInformed: boolean): void {
    this.isInformed = isInformed;
    this.touch();
  }

  /** Some image has come or gone, or a name is that of another one. */
  touch(): void {
    this.changes += 1;
    this.seen.clear();
  }

  /** As `ContainerRuntime.ensureImage`. */
  async ensure(
    image: string,
    policy: PullPolicy,
    signal: AbortSignal,
    options: PullOptions = {},
  ): Promise<FoundImage | undefined> {
    const name = nameOf(image);
    const asksAlways = policy === 'Always' && this.ports.options.pull === 'as-asked';
    const present = asksAlways ? undefined : await this.find(name, signal);
    if (present !== undefined || policy === 'Never') return present;
    try {
      await this.pull(name, options, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw pullError(error);
    }
    this.touch();
    const pulled = await this.find(name, signal);
    if (pulled === undefined)
      throw new MooringError('IMAGE_NOT_FOUND', `image ${image} was fetched, and is not there`);
    return { ...pulled, pulled: true };
  }

  /** The reference of the image that sandboxes run. Rejects with `IMAGE_NOT_FOUND` or `RUNTIME_UNSUPPORTED`. */
  async ensurePause(signal: AbortSignal): Promise<string> {
    const { pauseImage } = this.ports.options;
    if (pauseImage !== undefined) {
      const found = await this.ensure(pauseImage, 'IfNotPresent', signal).catch((error: unknown) => {
        throw pauseError(pauseImage, error);
      });
      return found?.ref ?? pauseImage;
    }
    const found = await this.find(ownPauseImage, signal);
    return found?.ref ?? (await abortable(this.makePauseOnce(), signal));
  }

  /** All agents of a process wait for one to make it: of several that are made at a time, all but one lose their name. */
  private makePauseOnce(): Promise<string> {
    const { address } = this.engine;
    const known = making.get(address);
    if (known !== undefined) return known;
    const made = this.makePause(never).finally(() => making.delete(address));
    making.set(address, made);
    return made;
  }

  /** What is known of it by this name or reference; `undefined` when it is not there. */
  async find(name: string, signal: AbortSignal): Promise<FoundImage | undefined> {
    signal.throwIfAborted();
    const { changes } = this;
    const seen = this.seen.get(name);
    if (seen !== undefined) return seen;
    try {
      const { Id, Size, Config } = await this.engine.call(`looking for image ${name}`, signal, (docker) =>
        docker.getImage(name).inspect(),
      );
      const found = { ref: Id, pulled: false, sizeBytes: Size, user: Config?.User ?? '' };
      if (this.isInformed && changes === this.changes) this.seen.set(name, found);
      return found;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      if (statusOf(error) !== 400) throw error;
      // The rules of names are not the same for all versions of engines.
      throw new MooringError('IMAGE_NAME_INVALID', engineWords(error), { cause: error });
    }
  }

  /** By each of the credentials, until the registry takes one. */
  private async pull(name: string, { credentials = [] }: PullOptions, signal: AbortSignal): Promise<void> {
    const { options } = this.ports;
    const given = credentials.map(({ username, password, serverAddress }) => ({
      ...{ username, password, serveraddress: serverAddress },
    }));
    const logins: readonly (RegistryCredentials | undefined)[] =
      given.length > 0 ? given : [options.credentials?.(name)];
    const ports = { ...this.ports, progressMsMax: options.pullProgressMsMax };
    const refusals: unknown[] = [];
    for (const login of logins) {
      try {
        return await pull(ports, name, login, signal);
      } catch (error) {
        signal.throwIfAborted();
        refusals.push(error);
      }
    }
    throw refusals[0];
  }

  private async makePause(signal: AbortSignal): Promise<string> {
    const what = 'making the image of sandboxes';
    const { Arch } = await this.engine.call(what, signal, (docker) => docker.version());
    const program = pauseProgram(Arch);
    if (program === undefined)
      throw new MooringError(
        'RUNTIME_UNSUPPORTED',
        `there is no program for sandboxes on ${Arch}, only for ${knownArchitectures.join(', ')}: ` +
          `name an image that does nothing, as in dockerRuntime({ pauseImage: 'registry.k8s.io/pause:3.10' })`,
      );
    const archive = Readable.from([tarOf('pause', program, 0o755)]);
    // In one word, as `docker import` sends it: podman heeds no tag beside the name.
    const options = { repo: ownPauseImage, changes: 'ENTRYPOINT ["/pause"]' };
    const stream = await this.engine.call(what, signal, (docker, abortSignal) =>
      docker.importImage(archive, { ...options, abortSignal }),
    );
    await untilDone(this.engine.cutOff(stream, what, signal), signal);
    const made = await this.find(ownPauseImage, signal);
    if (made === undefined)
      throw new MooringError('IMAGE_NOT_FOUND', `image ${ownPauseImage} was made, and is not there`);
    return made.ref;
  }
}

/** Throws `IMAGE_NAME_INVALID`. With its tag: without one the engine would fetch all that there are. */
function nameOf(image: string): string {
  const { tag, digest, name } = parseImageReference(image);
  // A digest says it all, and the engine takes no tag beside it.
  return digest === undefined
    ? formatImageReference({ name, ...(tag !== undefined && { tag }) })
    : `${name}@${digest}`;
}

/** Nobody who reads it has written this name into a pod. */
function pauseError(image: string, error: unknown): unknown {
  const code = (['IMAGE_NOT_FOUND', 'IMAGE_NAME_INVALID'] as const).find((known) => hasCode(error, known));
  if (code === undefined) return error;
  return new MooringError(code, `failed to get sandbox image "${image}": ${errorMessage(error)}`, {
    cause: error,
  });
}

function pullError(error: unknown): unknown {
  if (error instanceof MooringError) return error;
  return new MooringError('IMAGE_NOT_FOUND', engineWords(error), { cause: error });
}
