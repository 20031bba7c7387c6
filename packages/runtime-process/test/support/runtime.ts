/** A process runtime in a directory of its own, and real programs for it to run. */

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseStat, type RuntimeContext } from '@mooring/core';
import { RuntimeNode } from '../../../../test/support/runtime-node.ts';
import { openProcessRuntime } from '../../src/open-process-runtime.ts';
import { defaultOptions, type ProcessRuntimeOptions } from '../../src/options.ts';
import type { ProcessRuntime } from '../../src/process-runtime.ts';

export class Node extends RuntimeNode<ProcessRuntime> {
  private readonly options: ProcessRuntimeOptions;

  private constructor(dataDir: string, options: ProcessRuntimeOptions) {
    super(dataDir);
    this.options = options;
  }

  static async open(
    options: ProcessRuntimeOptions | ((dataDir: string) => ProcessRuntimeOptions) = {},
  ): Promise<Node> {
    const dataDir = mkdtempSync(join(tmpdir(), 'mooring-process-'));
    const given = typeof options === 'function' ? options(dataDir) : options;
    const node = new Node(dataDir, { images: { sh: ['/bin/sh', '-c'], busybox: [] }, ...given });
    await node.reopen();
    return node;
  }

  /** Over a directory that is there already. */
  static async over(dataDir: string): Promise<Node> {
    const node = new Node(dataDir, { images: { sh: ['/bin/sh', '-c'] } });
    await node.reopen();
    return node;
  }

  protected async openRuntime(context: RuntimeContext): Promise<ProcessRuntime> {
    return await openProcessRuntime(context, { ...defaultOptions, ...this.options });
  }

  protected async program(script: string, image = 'sh') {
    return { image, imageRef: image, args: [script] };
  }
}

/** True while the process runs, and not as a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).state !== 'Z';
  } catch {
    return false;
  }
}
