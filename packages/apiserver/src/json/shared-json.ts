/** JSON as bytes, made once for each state of an object and shared by every answer and every watch that tells it. */

import { Moment } from '../table/moment.ts';

export interface SharedText {
  readonly json: Buffer;
  /** When it can be told: what says how old something is holds for a while only. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export function holdsAt({ fromMs, untilMs }: SharedText, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

/** Of objects that never change: those of a store are frozen, and another state is another object. */
export class SharedJSON<T extends object> {
  private readonly view: (object: T, moment: Moment) => object;
  private readonly known = new WeakMap<T, SharedText>();

  /** `view`: the part of an object that is told. */
  constructor(view: (object: T, moment: Moment) => object) {
    this.view = view;
  }

  /** `known`: what it was when it was asked for last, where that is at hand. */
  of(object: T, nowMs: number, known = this.known.get(object)): SharedText {
    if (known !== undefined && holdsAt(known, nowMs)) return known;
    const moment = new Moment(nowMs);
    const json = Buffer.from(JSON.stringify(this.view(object, moment)));
    const { untilMs } = moment;
    const made = { json, fromMs: untilMs < Number.POSITIVE_INFINITY ? nowMs : 0, untilMs };
    this.known.set(object, made);
    return made;
  }
}
