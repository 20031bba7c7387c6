/** A Docker runtime over a directory of its own, and real programs for it to run. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeContext } from '@mooring/core';
import { dockerSocket } from '../../../../test/support/engines.ts';
import { never, RuntimeNode } from '../../../../test/support/runtime-node.ts';
import type { DockerRuntime } from '../../src/docker-runtime.ts';
import { openDockerRuntime } from '../../src/open-docker-runtime.ts';
import { type DockerRuntimeOptions, defaultOptions } from '../../src/options.ts';

export class Node extends RuntimeNode<DockerRuntime> {
  private readonly options: DockerRuntimeOptions;

  private constructor(dataDir: string, options: DockerRuntimeOptions) {
    super(dataDir);
    this.options = options;
  }

  static async open(options: DockerRuntimeOptions = {}): Promise<Node> {
    const node = new Node(mkdtempSync(join(tmpdir(), 'mooring-docker-')), options);
    await node.reopen();
    return node;
  }

  /** The client of the runtime. */
  get docker() {
    return this.runtime.engine.docker;
  }

  protected async openRuntime(context: RuntimeContext): Promise<DockerRuntime> {
    const options = { ...defaultOptions, host: `unix://${dockerSocket()}`, ...this.options };
    return await openDockerRuntime(context, options);
  }

  protected async program(script: string, image = 'mooring-test/busybox:1') {
    const found = await this.runtime.ensureImage(image, 'Never', never);
    return { image, imageRef: found?.ref ?? image, command: ['sh', '-c', script] };
  }
}
