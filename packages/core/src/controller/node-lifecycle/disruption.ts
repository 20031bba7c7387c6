/** What state the zones are in and what that means, in an object that anybody can read. */

import { formatTime } from '../../api/meta.ts';
import type { ConfigMap } from '../../api/objects.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { isAllDisrupted, type Zone } from './zones.ts';

/** Named after the one of the cluster autoscaler, which does the same. */
const statusNamespace = 'kube-system';
const statusName = 'node-lifecycle-status';

export type DisruptionMode = 'Normal' | 'PartialDisruption' | 'FullDisruption' | 'AllZonesDisrupted';

export interface Disruption {
  readonly mode: DisruptionMode;
  /** One sentence: why, and what is done about it. */
  readonly reason: string;
  /** One line for each zone that is not well. */
  readonly zones: string;
}

/** The worst of the zones decides the mode. */
export function disruptionOf(
  zones: ReadonlyMap<string, Zone>,
  rates: ReadonlyMap<string, number>,
): Disruption {
  const lines = [...zones].filter(([, { state }]) => state !== 'normal');
  const text = lines.map(([name, zone]) => `${lineOf(name, zone, rates.get(name) ?? 0)}\n`).join('');
  if (isAllDisrupted(zones)) {
    const reason =
      'no node of any zone is ready, so it may be the control plane that cannot hear them: no pods are driven out, and taints that drive pods out are taken off';
    return { mode: 'AllZonesDisrupted', reason, zones: text };
  }
  if (lines.length === 0) return { mode: 'Normal', reason: 'no zone is in trouble', zones: '' };
  const partial = lines.filter(([, { state }]) => state === 'partialDisruption');
  if (partial.length === 0) {
    const reason = 'no node of some zone is ready, others work: its pods are driven out at the usual rate';
    return { mode: 'FullDisruption', reason, zones: text };
  }
  const isStopped = partial.some(([name]) => rates.get(name) === 0);
  const reason = isStopped
    ? 'most nodes of a small zone are in trouble: pods of further nodes are not driven out'
    : 'most nodes of a zone are in trouble: pods are driven out slowly';
  return { mode: 'PartialDisruption', reason, zones: text };
}

/** Shows a mode when it is another one than is shown, and says so: as an event, a fact and a line in the log. */
export class DisruptionDisplay {
  /** `undefined` before it was looked for. */
  private shown: Disruption | 'nothing' | undefined;

  async show(disruption: Disruption, context: ReconcileContext, signal: AbortSignal): Promise<void> {
    this.shown ??= await readShown(context, signal);
    const before = this.shown;
    // Nobody has to be told that all is well in a cluster that never knew anything else.
    if (before === 'nothing' ? disruption.mode === 'Normal' : isSame(before, disruption)) return;
    const object = await write(disruption, context, signal);
    this.shown = disruption;
    const { mode, reason } = disruption;
    const from = before === 'nothing' ? 'Normal' : before.mode;
    if (mode === from) return;
    context.logger.warn({ state: mode, from, why: reason }, 'disruption mode changed');
    context.publishFact('disruption-changed', { from, to: mode, reason });
    const type = mode === 'Normal' ? 'Normal' : 'Warning';
    context.recordEvent(object, {
      type,
      reason: 'DisruptionModeChanged',
      message: `${from} -> ${mode}: ${reason}`,
    });
  }
}

function lineOf(name: string, { state, notReady, nodes }: Zone, rate: number): string {
  const zone = name === '/' ? 'nodes without zone' : `zone ${name}`;
  return `${zone}: ${state}, ${notReady} of ${nodes} nodes not ready, ${rate} nodes/s are tainted`;
}

function isSame(a: Disruption, b: Disruption): boolean {
  return a.mode === b.mode && a.reason === b.reason && a.zones === b.zones;
}

async function readShown(
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<Disruption | 'nothing'> {
  const found = await objects.get('ConfigMap', statusNamespace, statusName, signal);
  if (found === undefined) return 'nothing';
  const { mode = 'Normal', reason = '', zones = '' } = found.data ?? {};
  return { mode: mode as DisruptionMode, reason, zones };
}

async function write(
  { mode, reason, zones }: Disruption,
  { objects, clock }: ReconcileContext,
  signal: AbortSignal,
): Promise<ConfigMap> {
  const data = { mode, reason, zones, since: formatTime(clock.now()) };
  const metadata = { name: statusName, namespace: statusNamespace };
  try {
    return await objects.patchWith(
      'ConfigMap',
      statusNamespace,
      statusName,
      (current) => ({ ...current, data: { ...data, since: sinceOf(current, data) } }),
      { signal },
    );
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    return await objects.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, { signal });
  }
}

/** Since when the mode is what it is. */
function sinceOf({ data }: ConfigMap, now: { readonly mode: string; readonly since: string }): string {
  return data?.['mode'] === now.mode ? (data['since'] ?? now.since) : now.since;
}
