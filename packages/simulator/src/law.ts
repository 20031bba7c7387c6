/** What a law is: something that must hold at every moment, judged at every fact. */

import type { History } from './history.ts';
import type { Fact, Truth } from './truth.ts';

export interface Law {
  readonly id: string;
  readonly text: string;
  /** What is wrong about this fact; `undefined` when nothing is. */
  judge(fact: Fact, truth: Truth): string | undefined;
}

export function enforce(laws: readonly Law[], truth: Truth, history: History): void {
  truth.subscribe((fact) => {
    for (const law of laws) {
      const wrong = law.judge(fact, truth);
      if (wrong !== undefined) history.violate(law.id, `${law.text}: ${wrong}`);
    }
  });
}
