/** `tsx scripts/unzip-entry.ts ARCHIVE ENTRY TARGET`: one file out of a zip archive; there is no `unzip` everywhere. */

import { readFileSync, writeFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const [archive = '', entry = '', target = ''] = process.argv.slice(2);
const zip = readFileSync(archive);
const directoryEnd = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
if (directoryEnd < 0) throw new Error(`${archive} is no zip archive`);
let at = zip.readUInt32LE(directoryEnd + 16);
let found: Buffer | undefined;
while (found === undefined && zip.readUInt32LE(at) === 0x02014b50) {
  const nameLength = zip.readUInt16LE(at + 28);
  const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
  if (name === entry) found = content(zip, at);
  at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
}
if (found === undefined) throw new Error(`${archive} has no ${entry}`);
writeFileSync(target, found, { mode: 0o755 });

/** `header`: where the entry is described in the directory of the archive. */
function content(bytes: Buffer, header: number): Buffer {
  const method = bytes.readUInt16LE(header + 10);
  const size = bytes.readUInt32LE(header + 20);
  const local = bytes.readUInt32LE(header + 42);
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const data = bytes.subarray(start, start + size);
  return method === 0 ? Buffer.from(data) : inflateRawSync(data);
}
