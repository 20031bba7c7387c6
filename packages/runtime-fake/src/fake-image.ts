/** What an image of the fake runtime holds, and how it comes to the node. */

import { type ContainerConfig, type ErrorCode, hasCode, parseImageReference } from '@mooring/core';
import type { Userland } from './fake-process.ts';
import type { FakeScript } from './fake-script.ts';

/** What the containers of an image do, and how the image comes to the node. */
export interface FakeImage {
  /** What its containers do. Absent: they run the command they are given, as found in the userland. */
  readonly run?: FakeScript | ((config: ContainerConfig) => FakeScript);
  /** The commands it holds, for `run`, probes and hooks. Absent: a small busybox. */
  readonly userland?: Userland;
  readonly pull?: FakePull;
}

/** How an image gets to the node. Absent: it is there already. */
export interface FakePull {
  /** How long fetching it takes, once. */
  readonly delayMs?: number;
  /** Fetching it never succeeds. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  readonly sizeBytes?: number;
  /** Without this login it is refused. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** By reference; names are compared as Docker does (`nginx` is `docker.io/library/nginx:latest`). `*`: every other. */
export type FakeImages = Readonly<Record<string, FakeImage>>;

/** Finds the image of a reference. */
export class ImageCatalogue {
  private readonly images: ReadonlyMap<string, FakeImage>;
  private readonly others: FakeImage | undefined;

  constructor(images: FakeImages) {
    const { '*': others, ...named } = images;
    this.others = others;
    this.images = new Map(
      Object.entries(named).map(([name, image]) => [normalImageName(name) ?? name, image]),
    );
  }

  find(normalName: string): FakeImage | undefined {
    return this.images.get(normalName) ?? this.others;
  }
}

/** The full name with its tag or, where there is one, its digest; `undefined` when the reference cannot be parsed. */
export function normalImageName(reference: string): string | undefined {
  try {
    const { name, tag, digest } = parseImageReference(reference);
    return digest === undefined ? `${name}:${tag}` : `${name}@${digest}`;
  } catch (error) {
    if (hasCode(error, 'IMAGE_NAME_INVALID')) return undefined;
    throw error;
  }
}
