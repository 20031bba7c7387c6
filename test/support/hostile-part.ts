/** A part that does its work, but for the method that is told to misbehave, as long as it is told to. */

/** What a call does instead of its work; `work` does the work after all. */
export type Trick = (work: () => unknown) => unknown;

const broken = () => new Error('broken part');
const throwing = (value: unknown) => () => {
  throw value;
};

/** An object that throws whatever is done with it. */
function poison(): object {
  const fail = throwing(new Error('poisoned'));
  return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail });
}

function cycle(): object {
  const loop: { self?: object; items: unknown[] } = { items: [] };
  loop.self = loop;
  return Object.freeze(loop);
}

export const tricks: Readonly<Record<string, Trick>> = {
  throws: throwing(broken()),
  'throws undefined': throwing(undefined),
  'throws poison': () => throwing(poison())(),
  rejects: () => Promise.reject(broken()),
  'rejects with undefined': () => Promise.reject(undefined),
  'rejects with a text': () => Promise.reject('broken part'),
  'rejects with poison': () => Promise.reject(poison()),
  'never settles': () => new Promise(() => {}),
  'gives undefined': () => undefined,
  'gives null': () => null,
  'gives a number': () => 7,
  'gives poison': () => poison(),
  'gives poison later': () => Promise.resolve({ value: poison() }),
  'gives a cycle': () => cycle(),
  'gives a long list': () => new Array(10_000).fill(undefined),
  'works, and rejects': async (work) => {
    await work();
    throw broken();
  },
  'works twice': async (work) => {
    await work();
    return await work();
  },
};

/** What is done, and by which method. */
export interface Mischief {
  readonly method: string;
  /** Absent: nothing. */
  trick: Trick | undefined;
  calls: number;
}

/** `part` as it is, as long as there is no trick. */
export function hostilePart<T extends object>(part: T, mischief: Mischief): T {
  return new Proxy(part, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const work = (): unknown => Reflect.apply(value, target, given);
        if (mischief.trick === undefined || key !== mischief.method) return work();
        mischief.calls += 1;
        return mischief.trick(work);
      };
    },
  });
}
