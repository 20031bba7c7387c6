/** Runtime conformance: readiness, images and sandboxes. */

import assert from 'node:assert/strict';
import type { Pod } from '../api/pod.ts';
import { hasCode } from '../contract/error.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { ConformancePod, rejectionOf, sandboxConfig, settle, unhurried } from './runtime-conformance-pod.ts';

/** How often a verb is repeated where repeating it must change nothing. */
export const idempotentCount = 3;

type Case = ConformanceCase<RuntimeConformanceContext>;

export const imageCases: readonly Case[] = [
  {
    name: 'a runtime that works says that it is ready',
    async run(context) {
      const status = await settle(context, context.runtime.status(unhurried));
      assert.equal(status.ready, true, status.message);
    },
  },
  {
    name: 'a plain pod is not refused',
    async run(context) {
      const pod: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'plain', namespace: 'default', uid: 'plain' },
        spec: { containers: [{ name: 'main', image: context.images.present }] },
      };
      const refusals = context.runtime.review(pod).filter(({ severity }) => severity === 'refuse');
      assert.deepEqual(refusals, []);
    },
  },
  {
    name: 'an image that is there keeps its reference and is not fetched again',
    async run(context) {
      const ensure = () =>
        settle(context, context.runtime.ensureImage(context.images.present, 'IfNotPresent', unhurried));
      const first = await ensure();
      assert.ok(first);
      for (let i = 1; i < idempotentCount; i += 1) {
        const again = await ensure();
        assert.equal(again?.ref, first.ref);
        assert.equal(again.pulled, false);
      }
    },
  },
  {
    name: 'a missing image is IMAGE_NOT_FOUND under Always and IfNotPresent',
    async run(context) {
      for (const policy of ['Always', 'IfNotPresent'] as const) {
        const pull = context.runtime.ensureImage(context.images.missing, policy, unhurried);
        await assert.rejects(settle(context, pull), (error) => hasCode(error, 'IMAGE_NOT_FOUND'));
      }
    },
  },
  {
    name: 'a missing image under Never is no error and no image',
    async run(context) {
      const found = context.runtime.ensureImage(context.images.missing, 'Never', unhurried);
      assert.equal(await settle(context, found), undefined);
    },
  },
  {
    name: 'an image reference that cannot be parsed is IMAGE_NAME_INVALID',
    async run(context) {
      const pull = context.runtime.ensureImage(context.images.invalid, 'IfNotPresent', unhurried);
      await assert.rejects(settle(context, pull), (error) => hasCode(error, 'IMAGE_NAME_INVALID'));
    },
  },
  {
    name: 'a fetch that is aborted midway rejects with the reason of the abort',
    needs: ({ images }) => images.slow !== undefined,
    async run(context) {
      const { slow } = context.images;
      assert.ok(slow !== undefined);
      const abort = new AbortController();
      const pull = context.runtime.ensureImage(slow, 'IfNotPresent', abort.signal);
      const outcome = rejectionOf(pull);
      await context.advance(context.stepMs);
      abort.abort(new Error('no longer wanted'));
      assert.equal(await settle(context, outcome), abort.signal.reason);
    },
  },
];

export const sandboxCases: readonly Case[] = [
  {
    name: 'creating a sandbox again gives the same one',
    async run(context) {
      await ConformancePod.use(context, async (pod) => {
        const { runtime } = context;
        const create = () => settle(context, runtime.createSandbox(sandboxConfig(pod.uid), unhurried));
        const first = await create();
        for (let i = 1; i < idempotentCount; i += 1) assert.deepEqual(await create(), first);
        const listed = await settle(context, runtime.listSandboxes(unhurried));
        assert.deepEqual(
          listed.filter(({ podUID }) => podUID === pod.uid),
          [first],
        );
        assert.equal(first.state, 'ready');
        assert.equal(first.attempt, 0);
      });
    },
  },
  {
    name: 'removing a sandbox is final and may be repeated',
    async run(context) {
      await ConformancePod.use(context, async (pod) => {
        const { runtime } = context;
        const { id } = await settle(context, runtime.createSandbox(sandboxConfig(pod.uid), unhurried));
        for (let i = 0; i < idempotentCount; i += 1)
          await settle(context, runtime.removeSandbox(id, unhurried));
        const listed = await settle(context, runtime.listSandboxes(unhurried));
        assert.equal(
          listed.find((sandbox) => sandbox.id === id),
          undefined,
        );
      });
    },
  },
  {
    name: 'each pod has an address of its own',
    needs: ({ runtime }) => runtime.capabilities.podIP,
    async run(context) {
      await ConformancePod.use(context, async (one) => {
        await ConformancePod.use(context, async (other) => {
          const listed = await settle(context, context.runtime.listSandboxes(unhurried));
          const ips = [one, other].map(({ uid }) => listed.find(({ podUID }) => podUID === uid)?.ip);
          assert.ok(ips[0], 'the first pod has an address');
          assert.ok(ips[1], 'the second pod has an address');
          assert.notEqual(ips[0], ips[1]);
        });
      });
    },
  },
];
