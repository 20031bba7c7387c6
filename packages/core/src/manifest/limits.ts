/** How large a manifest may be. Each limit stops work that would otherwise grow with what a hostile file asks for. */

import { defaultTreeLimits, type TreeLimits } from '../api/screen.ts';

/** How large a manifest may be. */
export interface ManifestLimits extends TreeLimits {
  /** Of the whole text. */
  readonly bytesMax: number;
  readonly linesMax: number;
  /** Of one scalar: more than a ConfigMap or Secret may hold, in base64. */
  readonly valueBytesMax: number;
  readonly documentsMax: number;
  /** References to an anchor, in one file. */
  readonly aliasesMax: number;
}

export const defaultManifestLimits: ManifestLimits = {
  ...defaultTreeLimits,
  bytesMax: 10 * 1024 * 1024,
  linesMax: 250_000,
  valueBytesMax: 1_500_000,
  documentsMax: 1_000,
  aliasesMax: 100,
};
