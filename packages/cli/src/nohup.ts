import { readFileSync, readlinkSync } from 'node:fs';

/**
 * True below `nohup` in a terminal. That SIGHUP is to be ignored cannot be seen, as Node forgets it when it starts; but only
 * `nohup` makes an input of `/dev/null` that can be written to and not be read. `directory`: of a process in `/proc`.
 */
export function isBelowNohup(directory = '/proc/self'): boolean {
  try {
    if (readlinkSync(`${directory}/fd/0`) !== '/dev/null') return false;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`${directory}/fdinfo/0`, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & accessMask) === writeOnly;
  } catch {
    // It has no input at all, or no `/proc`.
    return false;
  }
}

const accessMask = 0o3;
const writeOnly = 0o1;
