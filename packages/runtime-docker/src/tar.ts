/** A tar archive of one file, made in memory. Pure. */

const blockBytes = 512;

/** `mode` in octal. The same content gives the same bytes. */
export function tarOf(name: string, content: Buffer, mode: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  const write = (text: string, at: number) => header.write(text, at, 'latin1');
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  write(name, 0);
  write(`${octal(mode, 7)}\0`, 100);
  // Owner and group: root.
  write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 108);
  write(`${octal(content.length, 11)}\0`, 124);
  write(`${octal(0, 11)}\0`, 136);
  // The checksum is reckoned with spaces in its place; then comes the type: a plain file.
  write('        0', 148);
  write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * blockBytes)]);
}
