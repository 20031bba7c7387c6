/**
 * The floor of an agent: a bare client that knows everything in the bucket, and writes a sign of life into another one as
 * often. Arguments: port of the server, bucket.
 */

import { connect } from 'nats';
import { tellUsage } from './usage.mjs';

const [port, bucket] = process.argv.slice(2);
const renewMs = 2000;

const connection = await connect({ servers: `nats://127.0.0.1:${port}` });
const { views } = connection.jetstream();
const leases = await views.kv('floor');
const objects = new Map();
const watch = await (await views.kv(bucket)).watch();
setInterval(() => leases.put('lease', JSON.stringify({ at: Date.now() })), renewMs);
tellUsage();
for await (const entry of watch) {
  if (entry.operation === 'PUT') objects.set(entry.key, entry.json());
  else objects.delete(entry.key);
}
