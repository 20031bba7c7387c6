/** Every version of every object that was ever visible, in the order it was seen. */

export interface SeenObject {
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
}

interface Life {
  readonly versions: SeenObject[];
  isGone: boolean;
}

/** A place in the history: what came after it is what happened since. */
export type Moment = number;

export class History {
  private readonly seen: { readonly life: Life; readonly object: SeenObject }[] = [];
  /** The lives under one name, one after the other: an object that is recreated begins another. */
  private readonly lives = new Map<string, Life[]>();

  put(object: SeenObject): void {
    const lives = this.livesOf(object.kind, object.metadata.name);
    let life = lives.at(-1);
    if (life === undefined || life.isGone) {
      life = { versions: [], isGone: false };
      lives.push(life);
    }
    life.versions.push(object);
    this.seen.push({ life, object });
  }

  remove(object: SeenObject): void {
    const life = this.livesOf(object.kind, object.metadata.name).at(-1);
    if (life !== undefined) life.isGone = true;
  }

  get now(): Moment {
    return this.seen.length;
  }

  /** The object as it is; `undefined` when there is none. */
  current(kind: string, name: string): SeenObject | undefined {
    const life = this.livesOf(kind, name).at(-1);
    return life === undefined || life.isGone ? undefined : life.versions.at(-1);
  }

  /** All versions under the name, of all its lives. */
  versions(kind: string, name: string): readonly SeenObject[] {
    return this.livesOf(kind, name).flatMap((life) => life.versions);
  }

  /** Versions under the name that were seen after a moment. */
  since(moment: Moment, kind: string, name: string): readonly SeenObject[] {
    return this.seen
      .slice(moment)
      .map(({ object }) => object)
      .filter((object) => object.kind === kind && object.metadata.name === name);
  }

  /** Everything of a kind that is there now. */
  all(kind: string): readonly SeenObject[] {
    const found: SeenObject[] = [];
    for (const [key, lives] of this.lives) {
      const life = lives.at(-1);
      const latest = life?.isGone === false ? life.versions.at(-1) : undefined;
      if (key.startsWith(`${kind}/`) && latest !== undefined) found.push(latest);
    }
    return found;
  }

  /** Everything of a kind that was ever there, each in its last version. */
  ever(kind: string): readonly SeenObject[] {
    const found: SeenObject[] = [];
    for (const [key, lives] of this.lives) {
      if (!key.startsWith(`${kind}/`)) continue;
      for (const { versions } of lives) found.push(...versions.slice(-1));
    }
    return found;
  }

  private livesOf(kind: string, name: string | undefined): Life[] {
    const key = `${kind}/${name}`;
    const lives = this.lives.get(key) ?? [];
    this.lives.set(key, lives);
    return lives;
  }
}
