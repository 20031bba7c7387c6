import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { EndpointSlice, Service } from '../../../src/api/network.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { planSlices } from '../../../src/controller/endpoints/plan-slices.ts';
import { pod, service } from './scene.ts';

const endpointsMax = 3;
const podsMax = 12;

/** What a pod may be like at some moment; absent: it does not exist. */
interface PodState {
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  readonly isFinished: boolean;
  readonly isSelected: boolean;
  /** Absent: it offers no such port. */
  readonly port: number | undefined;
}

type Change =
  | { readonly kind: 'pod'; readonly i: number; readonly state: PodState | undefined }
  | { readonly kind: 'labels'; readonly team: string }
  | { readonly kind: 'publish'; readonly publishes: boolean }
  | { readonly kind: 'recreate' }
  /** Somebody else removes a slice, or an endpoint from it. */
  | { readonly kind: 'meddle'; readonly at: number; readonly removesAll: boolean };

const podState: fc.Arbitrary<PodState> = fc.record({
  isReady: fc.boolean(),
  isTerminating: fc.boolean(),
  isFinished: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  isSelected: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  port: fc.constantFrom(8080, 8080, 9090, undefined),
});

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('pod' as const),
      i: fc.nat(podsMax - 1),
      state: fc.option(podState, { nil: undefined, freq: 4 }),
    }),
  },
  fc.record({ kind: fc.constant('labels' as const), team: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('publish' as const), publishes: fc.boolean() }),
  fc.record({ kind: fc.constant('recreate' as const) }),
  fc.record({ kind: fc.constant('meddle' as const), at: fc.nat(5), removesAll: fc.boolean() }),
);

/** A Service with pods and slices, to which things happen. */
class World {
  readonly states = new Map<number, PodState>();
  slices: readonly EndpointSlice[] = [];
  private team = 'a';
  private publishes = false;
  private generation = 0;
  private names = 0;

  get service(): Service {
    return service(
      { ports: [{ name: 'http', port: 80, targetPort: 'http' }], publishNotReadyAddresses: this.publishes },
      { labels: { team: this.team }, uid: `uid-${this.generation}` },
    );
  }

  get pods(): readonly Pod[] {
    return [...this.states].map(([i, { isReady, isTerminating, isFinished, isSelected, port }]) =>
      pod(i, {
        isReady,
        metadata: {
          name: `web-${i}`,
          namespace: 'default',
          uid: `uid-web-${i}`,
          labels: { app: isSelected ? 'web' : 'db' },
          ...(isTerminating && { deletionTimestamp: '2024-01-01T00:00:00Z' }),
        },
        status: { phase: isFinished ? 'Failed' : 'Running' },
        containers: [{ ports: port === undefined ? [] : [{ name: 'http', containerPort: port }] }],
      }),
    );
  }

  happen(one: Change): void {
    switch (one.kind) {
      case 'pod':
        if (one.state === undefined) this.states.delete(one.i);
        else this.states.set(one.i, one.state);
        break;
      case 'labels':
        this.team = one.team;
        break;
      case 'publish':
        this.publishes = one.publishes;
        break;
      case 'recreate':
        this.generation += 1;
        break;
      case 'meddle':
        this.slices = this.slices.flatMap((slice, i) => {
          if (i !== one.at) return [slice];
          return one.removesAll ? [] : [{ ...slice, endpoints: slice.endpoints.slice(1) }];
        });
    }
  }

  /** One look; gives back how many writes it took. */
  look(): number {
    const { service: web, pods, slices } = this;
    const plan = planSlices({ service: web, pods, slices, nodes: undefined, endpointsMax });
    const touched = new Set([...plan.update, ...plan.remove].map(({ metadata }) => metadata.name));
    const created = plan.create.map((slice) => {
      this.names += 1;
      return { ...slice, metadata: { ...slice.metadata, name: `web-${this.names}` } };
    });
    this.slices = [
      ...slices.filter(({ metadata }) => !touched.has(metadata.name)),
      ...plan.update,
      ...created,
    ];
    return plan.create.length + plan.update.length + plan.remove.length;
  }

  /** `pod port ready serving terminating` of all slices together. */
  get published(): readonly string[] {
    return this.slices
      .flatMap(({ endpoints, ports }) =>
        endpoints.map(({ targetRef, conditions }) =>
          [
            targetRef?.uid,
            ports?.[0]?.port,
            conditions?.ready,
            conditions?.serving,
            conditions?.terminating,
          ].join(' '),
        ),
      )
      .sort();
  }

  /** The same, from the pods alone. */
  get wanted(): readonly string[] {
    return [...this.states]
      .filter(([, { isSelected, isFinished }]) => isSelected && !isFinished)
      .map(([i, { isReady, isTerminating, port }]) =>
        [`uid-web-${i}`, port, this.publishes || (isReady && !isTerminating), isReady, isTerminating].join(
          ' ',
        ),
      )
      .sort();
  }
}

describe('slices', () => {
  it('together hold what is wanted after any changes, none too many, and a second look writes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 15 }), (rounds) => {
        const world = new World();
        for (const changes of rounds) {
          for (const one of changes) world.happen(one);
          world.look();
          expect(world.published).toEqual(world.wanted);
          expect(world.slices.every(({ endpoints }) => endpoints.length <= endpointsMax)).toBe(true);
          expect(world.slices.length).toBeGreaterThan(0);
          const owners = world.slices.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
          expect(new Set(owners)).toEqual(new Set([world.service.metadata.uid]));
          expect(world.look()).toBe(0);
        }
      }),
    );
  });

  it('are written one for each pod at most whose readiness changes', () => {
    fc.assert(
      fc.property(
        fc.array(podState, { minLength: 1, maxLength: podsMax }),
        fc.array(fc.nat(podsMax - 1), { minLength: 1, maxLength: 4 }),
        (states, flipped) => {
          const world = new World();
          for (const [i, state] of states.entries()) world.happen({ kind: 'pod', i, state });
          world.look();
          for (const i of new Set(flipped)) {
            const state = world.states.get(i);
            if (state !== undefined)
              world.happen({ kind: 'pod', i, state: { ...state, isReady: !state.isReady } });
          }
          expect(world.look()).toBeLessThanOrEqual(new Set(flipped).size);
        },
      ),
    );
  });
});
