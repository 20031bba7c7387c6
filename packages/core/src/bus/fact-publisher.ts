/** How an actor tells what has happened. Costs next to nothing while nobody listens. */

import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
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
}): FactPublisher {
  const { bus, cluster, random } = options;
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
  return {
    of(address) {
      let prefix: string | undefined;
      return (type, data) => {
        prefix ??= factPrefix(cluster, address);
        const subject = prefix + (tokens.get(type) ?? tokenOf(type));
        if (bus.listening?.(subject) === false) return;
        series ??= random.uuid();
        count += 1;
        bus.publish(subject, sealEnvelope(options, { id: `${series}-${count}`, from: address, type, data }));
      };
    },
  };
}
