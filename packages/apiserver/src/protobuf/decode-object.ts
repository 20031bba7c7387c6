/** Objects in the binary form in which newer kubectl sends them for `create deployment` and its like. */

import { unsupported } from '../write/parse-body.ts';

/** Throws a `StatusError`: there is no kind yet that can be read from this form. */
export function decodeProtobuf(_body: Buffer): unknown {
  throw unsupported(['application/json', 'application/yaml']);
}
