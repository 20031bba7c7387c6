import { type NodeContext, type PodRecord, surroundingsOf } from '../node-context.ts';
import { inVolumeTurn } from './volume-turn.ts';

/** Brings the volumes of a pod up to date with the objects they are made of. What cannot be kept as it is stays, with an event. */
export async function refreshVolumes(
  node: NodeContext,
  record: PodRecord,
  signal: AbortSignal,
): Promise<void> {
  await inVolumeTurn(record, signal, async () => {
    // Between the news and its turn the pod may have ended.
    if (!record.hasVolumes) return;
    const { failures } = await node.volumes.prepare(record.pod, surroundingsOf(node, ''), signal);
    for (const { message } of failures) {
      node.recordEvent(record.pod, { type: 'Warning', reason: 'FailedMount', message });
    }
  });
}
