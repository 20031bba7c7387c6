/** An API server as users start it, over objects in memory that nobody else changes. */

import { createApiServer } from '@mooring/apiserver';
import { createControllers } from '@mooring/core';
import { answerQuestions, atRate, nowMicros, usage } from './questions.mjs';

const cluster = await createControllers({ plugins: [], controllers: false, scheduler: false });
const { objects } = cluster;
const server = await createApiServer({ cluster });
/** No two are alike, for the store does not write what is there already. */
let changes = 0;

answerQuestions({
  url: () => server.url,
  usage,
  /** As many copies of an object, with its status where it has one. */
  async fill(object, count) {
    for (let i = 0; i < count; i += 1) {
      const { namespace, labels } = object.metadata;
      const metadata = { name: `object-${i}`, namespace, labels };
      const created = await objects.create({ ...object, metadata });
      if (object.status !== undefined) await objects.updateStatus({ ...created, status: object.status });
    }
  },
  /** Changes the first objects of a kind in turn; gives back when each change was acknowledged, by version. */
  async change(kind, count, perSecond, seconds) {
    const acknowledged = [];
    const writes = [];
    await atRate(perSecond, seconds, (i) => {
      writes.push(
        change(kind, `object-${i % count}`).then(({ metadata }) =>
          acknowledged.push([Number(metadata.resourceVersion), nowMicros()]),
        ),
      );
    });
    await Promise.all(writes);
    return acknowledged;
  },
});

function change(kind, name) {
  changes += 1;
  const message = `change ${changes}`;
  if (kind === 'ConfigMap')
    return objects.patchWith(kind, 'default', name, (current) => ({ ...current, data: { message } }));
  const withMessage = (pod) => ({ ...pod, status: { ...pod.status, message } });
  return objects.patchWith(kind, 'default', name, withMessage, { subresource: 'status' });
}
