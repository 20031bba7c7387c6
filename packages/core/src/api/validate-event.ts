/** Events as others than agents send them. */

import type { Draft } from './draft.ts';
import { FieldPath, invalid, notSupported, required } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import type { KubeEvent } from './objects.ts';

/** Every reader may count on these. */
export function defaultEvent(event: Draft<KubeEvent>): Draft<KubeEvent> {
  const { type, reason = '', message = '', count = 1, source = {}, reportingComponent = '' } = event;
  const { firstTimestamp = '', lastTimestamp = firstTimestamp } = event;
  const filled = { type: type || 'Normal', reason, message, count, source, reportingComponent };
  // Not by spread: see `newObject` of the store.
  return Object.assign({}, event, filled, { firstTimestamp, lastTimestamp }) as Draft<KubeEvent>;
}

export function* eventErrors({ metadata, involvedObject, type }: Draft<KubeEvent>): FieldErrors {
  const path = new FieldPath('involvedObject');
  if (involvedObject === undefined) {
    yield required(path);
    return;
  }
  const { namespace = '' } = involvedObject;
  const own = metadata?.namespace ?? '';
  // Events about objects without a namespace are in `default`.
  if (namespace !== own && !(namespace === '' && own === 'default'))
    yield invalid(path.child('namespace'), namespace, 'does not match event.namespace');
  if (type !== 'Normal' && type !== 'Warning')
    yield notSupported(new FieldPath('type'), type, ['Normal', 'Warning']);
}
