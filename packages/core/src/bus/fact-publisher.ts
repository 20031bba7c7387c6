/**
 * How an actor tells what has happened. Costs next to nothing while nobody listens, and never throws: a fact is a hint, and
 * no decision may hang on whether it could be told.
 */

import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import { onLaterFailure, refusePromise } from '../engine/later-failure.ts';
import { sealEnvelope } from './envelope.ts';
import { escapeToken, factPrefix } from './subjects.ts';

/** `container.exited`: the kind of actor, and what happened to it in the past tense; the latter names the subject. */
export type FactType = `${string}.${string}`;

/** `data` is plain JSON and not changed afterwards. */
export type PublishFact = (type: FactType, data: unknown) => void;

export interface FactPublisher {
  /** The publishing function of one actor; keep it, as it remembers its subjects. */
  of(address: string): PublishFact;
}

/** Last words of subjects that are remembered: there are a few dozen types. */
const tokensMax = 256;

export function createFactPublisher(options: {
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
}): FactPublisher {
  const { bus, cluster, random, logger = silentLogger } = options;
  // A number after what no other publisher has is as unique as one more UUID, and costs a tenth.
  let series: string | undefined;
  let count = 0;
  const tokens = new Map<FactType, string>();
  const tokenOf = (type: FactType): string => {
    const token = escapeToken(type.slice(type.indexOf('.') + 1));
    if (tokens.size >= tokensMax) tokens.clear();
    tokens.set(type, token);
    return token;
  };
  let isFailing = false;
  const failed = (address: string, err: unknown) => {
    // Told when it begins: a bus that is broken loses every fact, and there are many.
    if (!isFailing) logger.warn({ component: 'facts', key: address, err }, 'facts are lost: the bus failed');
    isFailing = true;
  };
  return {
    of(address) {
      let prefix: string | undefined;
      const publish = (type: FactType, data: unknown): void => {
        prefix ??= factPrefix(cluster, address);
        const subject = prefix + (tokens.get(type) ?? tokenOf(type));
        const isHeard: unknown = bus.listening?.(subject);
        if (isHeard === false) return;
        if (isHeard !== true) refusePromise(isHeard, 'listening of the bus');
        series ??= random.uuid();
        count += 1;
        const envelope = sealEnvelope(options, { id: `${series}-${count}`, from: address, type, data });
        const given: unknown = bus.publish(subject, envelope);
        if (!onLaterFailure(given, (error) => failed(address, error))) isFailing = false;
      };
      return (type, data) => {
        try {
          publish(type, data);
        } catch (error) {
          failed(address, error);
        }
      };
    },
  };
}
