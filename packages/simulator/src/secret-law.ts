/** What nobody but the containers that asked for it may get to see. */

import type { ApiObject, Container, Pod, PodSpec } from '@mooring/core';
import type { Step } from './plan.ts';
import type { World } from './world.ts';

const secret = 'hunter2-of-the-simulation';
const encoded = Buffer.from(secret).toString('base64');

/** The steps, with a Secret that every container of them is given. */
export function withSecret(steps: readonly Step[]): readonly Step[] {
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'credentials', namespace: 'default' },
    data: { token: encoded },
  } as ApiObject;
  return [{ atMs: 0, act: 'apply', object }, ...steps.map(inNeed)];
}

function inNeed(step: Step): Step {
  if (step.act === 'create') return { ...step, pod: { ...step.pod, spec: specInNeed(step.pod.spec) } };
  const { spec } = (step.act === 'apply' ? step.object : {}) as {
    readonly spec?: { readonly template?: Pod };
  };
  if (step.act !== 'apply' || spec?.template === undefined) return step;
  const template = { ...spec.template, spec: specInNeed(spec.template.spec) };
  return { ...step, object: { ...step.object, spec: { ...spec, template } } as ApiObject };
}

function specInNeed(spec: PodSpec): PodSpec {
  const given = (container: Container): Container => ({
    ...container,
    args: ['--token', '$(TOKEN)'],
    env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'credentials', key: 'token' } } }],
  });
  const { containers, initContainers } = spec;
  return {
    ...spec,
    containers: containers.map(given),
    ...(initContainers && { initContainers: initContainers.map(given) }),
  };
}

/** Looks at all that is written, logged and published. */
export class SecretWatch {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    world.truth.subscribe((fact) => {
      if (fact.type === 'write' && !fact.write.key.startsWith('secrets/'))
        this.see(fact.write.key, fact.write.value);
    });
  }

  see(where: string, what: unknown): void {
    const text = textOf(what);
    if (!text.includes(secret) && !text.includes(encoded)) return;
    const around = Math.max(text.indexOf(secret), text.indexOf(encoded));
    const words = `${where}: ${text.slice(Math.max(0, around - 80), around + 40)}`;
    this.world.history.violate('secrets', `no secret is told to those who have not asked for it: ${words}`);
  }
}

function textOf(what: unknown): string {
  const words = (_: string, value: unknown) =>
    value instanceof Error ? `${value.stack ?? ''} ${textOf({ ...value })}` : value;
  return JSON.stringify(what, words) ?? '';
}
