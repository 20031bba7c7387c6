/** A small node that does what it is told, with containers that die by chance: laws of the decisions over whole lives. */

import { expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import { type Container, isSidecar, type Pod, type RestartPolicy } from '../../../src/api/pod.ts';
import type { ContainerInfo, SandboxInfo } from '../../../src/contract/container-runtime.ts';
import { computePodActions, type PodActions } from '../../../src/kubelet/pod/compute-actions.ts';
import { noProbeResults, observationOf } from '../../../src/kubelet/pod/observation.ts';
import { container, instance, pod, sandbox, sidecar } from './pod-rig.ts';

class Node {
  sandboxes: SandboxInfo[] = [];
  containers: ContainerInfo[] = [];
  readonly of: Pod;
  private tick = 0;

  constructor(of: Pod) {
    this.of = of;
  }

  decide(): PodActions {
    const observation = observationOf(this.sandboxes, this.containers);
    return computePodActions({ pod: this.of, observation, probes: noProbeResults, givesPodIP: true });
  }

  act(actions: PodActions): void {
    if (actions.killPod) {
      for (const info of this.containers) if (info.state === 'running') this.exit(info.id, 137);
      this.sandboxes = this.sandboxes.map((old) => ({ ...old, state: 'notready' }));
    }
    for (const { id } of actions.containersToKill) this.exit(id, 137);
    if (actions.createSandbox) this.createSandbox(actions.sandboxAttempt);
    if (actions.killPod) return;
    for (const name of [...actions.initContainersToStart, ...actions.containersToStart]) this.start(name);
  }

  newest(name: string): ContainerInfo | undefined {
    const own = this.containers.filter((info) => info.containerName === name);
    return own.sort((a, b) => b.attempt - a.attempt)[0];
  }

  exit(id: string, exitCode: number): void {
    this.containers = this.containers.map((info) =>
      info.id === id ? { ...info, state: 'exited', exitCode, finishedAtMs: this.next() } : info,
    );
  }

  loseSandbox(): void {
    this.sandboxes = this.sandboxes.map((old) => ({ ...old, state: 'notready' }));
  }

  /** Plain init containers come to their end by themselves. */
  finishInits(exitCode: number): void {
    for (const { name } of (this.of.spec.initContainers ?? []).filter((one) => !isSidecar(one))) {
      const info = this.newest(name);
      if (info?.state === 'running') this.exit(info.id, exitCode);
    }
  }

  private createSandbox(attempt: number): void {
    this.sandboxes = [sandbox({ id: `s${attempt}`, attempt, createdAtMs: this.next() }), ...this.sandboxes];
  }

  private start(name: string): void {
    const all: readonly Container[] = [...(this.of.spec.initContainers ?? []), ...this.of.spec.containers];
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no container ${name}`);
    const attempt = (this.newest(name)?.attempt ?? -1) + 1;
    const sandboxID = this.sandboxes[0]?.id ?? '';
    this.containers.push(instance(found, { attempt, sandboxID, createdAtMs: this.next() }));
  }

  private next(): number {
    this.tick += 1000;
    return this.tick;
  }
}

const inits = fc
  .array(fc.boolean(), { maxLength: 3 })
  .map((stays) => stays.map((isStaying, i) => (isStaying ? sidecar : container)(`init-${i}`)));
const apps = fc
  .integer({ min: 1, max: 3 })
  .map((n) => Array.from({ length: n }, (_, i) => container(`app-${i}`)));
const policy = fc.constantFrom<RestartPolicy>('Always', 'OnFailure', 'Never');
const specs = fc.record({ initContainers: inits, containers: apps, restartPolicy: policy });

/** What befalls the pod between two looks: some container dies, or the sandbox does. */
const mishap = fc.record({
  victim: fc.nat(5),
  exitCode: fc.constantFrom(0, 1, 137),
  sandbox: fc.nat(9).map((n) => n === 0),
});
const lives = fc.record({ spec: specs, mishaps: fc.array(mishap, { maxLength: 12 }) });
type Life = typeof lives extends fc.Arbitrary<infer T> ? T : never;

/** Lives through the mishaps, looking after each, then in peace; `look` sees every decision before it is carried out. */
function live({ spec, mishaps }: Life, look: (node: Node, actions: PodActions) => void): Node {
  const node = new Node(pod(spec));
  const round = () => {
    const actions = node.decide();
    look(node, actions);
    node.act(actions);
  };
  round();
  for (const { victim, exitCode, sandbox: losesSandbox } of mishaps) {
    if (losesSandbox) node.loseSandbox();
    const running = node.containers.filter(({ state }) => state === 'running');
    const dying = running[victim % Math.max(1, running.length)];
    if (dying !== undefined) node.exit(dying.id, exitCode);
    round();
  }
  for (let peace = 0; peace < 20; peace += 1) {
    node.finishInits(0);
    round();
  }
  return node;
}

function isQuiet(actions: PodActions): boolean {
  return (
    !actions.createSandbox &&
    actions.initContainersToStart.length === 0 &&
    actions.containersToStart.length === 0 &&
    actions.containersToKill.length === 0 &&
    actions.containersToReset.length === 0
  );
}

it('comes to rest: once nothing dies any more there is nothing left to do', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const node = live(life, () => {});
      expect(isQuiet(node.decide())).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('asks for nothing more right after it was obeyed, until something changes', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const node = live(life, () => {});
      const before = JSON.stringify(node.containers);
      node.act(node.decide());
      node.act(node.decide());
      expect(JSON.stringify(node.containers)).toBe(before);
    }),
    { numRuns: 100 },
  );
});

it('ends with every app container running, or with a pod that its policy lets end', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const node = live(life, () => {});
      const states = node.of.spec.containers.map(({ name }) => node.newest(name));
      if (life.spec.restartPolicy === 'Always') {
        expect(states.every((info) => info?.state === 'running')).toBe(true);
      } else if (life.spec.restartPolicy === 'OnFailure') {
        expect(states.every((info) => info?.state === 'running' || info?.exitCode === 0)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

it('never starts an app container before every init container of this sandbox is complete', () => {
  const check = (node: Node, actions: PodActions) => {
    if (actions.containersToStart.length === 0 || actions.createSandbox) return;
    const sandboxID = node.sandboxes[0]?.id;
    const wasInitialized = node.of.spec.containers.some(
      ({ name }) => node.newest(name)?.sandboxID === sandboxID,
    );
    if (wasInitialized) return;
    for (const init of node.of.spec.initContainers ?? []) {
      const info = node.newest(init.name);
      expect(info?.sandboxID).toBe(sandboxID);
      if (!isSidecar(init)) expect([info?.state, info?.exitCode]).toEqual(['exited', 0]);
    }
  };
  fc.assert(
    fc.property(lives, (life) => {
      live(life, check);
    }),
    { numRuns: 300 },
  );
});

it('starts nothing twice, nothing that runs, and nothing that it does not kill first', () => {
  const check = (node: Node, actions: PodActions) => {
    const names = [...actions.initContainersToStart, ...actions.containersToStart];
    expect(new Set(names).size).toBe(names.length);
    const killed = new Map(actions.containersToKill.map((kill) => [kill.name, kill]));
    for (const name of names) {
      const kill = killed.get(name);
      if (kill !== undefined) expect(kill.restart).toBe(true);
      else if (!actions.killPod) expect(node.newest(name)?.state).not.toBe('running');
    }
  };
  fc.assert(
    fc.property(lives, (life) => {
      live(life, check);
    }),
    { numRuns: 300 },
  );
});
