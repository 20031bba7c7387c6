/**
 * The writes of this process that its mirror has not seen yet: whoever wrote reads what he wrote, and what comes back from
 * the servers need not be parsed to be known.
 */

import type { Revision, StoreValue } from '../contract/store.ts';
import type { WriteEnvelope } from './nats-envelope.ts';

export interface OwnWrite {
  readonly revision: Revision;
  /** Absent for a deletion. */
  readonly value: StoreValue | undefined;
}

interface SentWrite {
  readonly write: WriteEnvelope;
  readonly bytes: Buffer;
  /** Once it is acknowledged. */
  revision: Revision | undefined;
}

export class OwnWrites {
  /** The newest acknowledged one of each key. */
  private readonly acknowledged = new Map<string, OwnWrite>();
  /** Of several to one key at a time the last one: the others are parsed like anybody's. */
  private readonly sent = new Map<string, SentWrite>();

  newest(key: string): OwnWrite | undefined {
    return this.acknowledged.get(key);
  }

  acknowledge(key: string, own: OwnWrite): void {
    this.acknowledged.set(key, own);
  }

  /** To be called before the bytes leave. */
  sending(key: string, write: WriteEnvelope, bytes: Buffer): void {
    this.sent.set(key, { write, bytes, revision: undefined });
  }

  /** `revision` is that of the write, if the mirror has yet to see it. */
  settle(key: string, writeId: string, revision: Revision | undefined): void {
    const sent = this.sent.get(key);
    if (sent?.write.writeId !== writeId) return;
    if (revision === undefined) this.sent.delete(key);
    else sent.revision = revision;
  }

  /** The write that these bytes came from, down to the last one; only once, as nobody else writes them. */
  recognise(key: string, bytes: Uint8Array): WriteEnvelope | undefined {
    const sent = this.sent.get(key);
    if (sent === undefined || !sent.bytes.equals(bytes)) return undefined;
    this.sent.delete(key);
    return sent.write;
  }

  /** The mirror has this revision of the key, or a later one. */
  seen(key: string, revision: Revision): void {
    const own = this.acknowledged.get(key);
    if (own !== undefined && own.revision <= revision) this.acknowledged.delete(key);
    const sent = this.sent.get(key);
    if (sent?.revision !== undefined && sent.revision <= revision) this.sent.delete(key);
  }
}
