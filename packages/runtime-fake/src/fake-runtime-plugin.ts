/** The fake runtime as a plugin: one fake node for each agent, on the agent's clock, and one network between them. */

import type { Plugin, PluginRegistry } from '@mooring/core';
import { FakeHost } from './fake-host.ts';
import type { FakeImages } from './fake-image.ts';
import { FakeNetwork } from './fake-network.ts';
import { FakeRuntime, type FakeRuntimeOptions } from './fake-runtime.ts';
import type { FileTree } from './file-tree.ts';

/** Options of `fakeRuntime`. */
export interface FakeRuntimePluginOptions extends FakeRuntimeOptions {
  /** Absent: every image is there and runs until it is stopped. */
  readonly images?: FakeImages;
  /** The disk of a node: what is below mounts. Absent: an empty one for each. */
  readonly files?: FileTree | ((nodeName: string) => FileTree);
  /** Called for each new node, before its first pod: the place to script faults. */
  readonly onHost?: (host: FakeHost, nodeName: string) => void;
}

/** The plugin, with its nodes: an agent that is started anew under a known name finds what ran there. */
export class FakeRuntimePlugin implements Plugin {
  readonly name = 'runtime-fake';
  readonly core = '^0.1.0';
  readonly network = new FakeNetwork();
  private readonly options: FakeRuntimePluginOptions;
  private readonly hosts = new Map<string, FakeHost>();

  constructor(options: FakeRuntimePluginOptions = {}) {
    this.options = options;
  }

  /** The node of a name; throws when no agent of that name was started yet. Without a name: the only one. */
  host(nodeName?: string): FakeHost {
    const host = nodeName === undefined ? [...this.hosts.values()][0] : this.hosts.get(nodeName);
    if (host === undefined) throw new Error(`no fake node ${nodeName ?? ''} was started`);
    if (nodeName === undefined && this.hosts.size > 1)
      throw new Error('there are several fake nodes: name one');
    return host;
  }

  register(registry: PluginRegistry): void {
    registry.addRuntime('fake', ({ nodeName, clock }) => {
      const { images, files, onHost } = this.options;
      let host = this.hosts.get(nodeName);
      if (host === undefined) {
        const disk = typeof files === 'function' ? files(nodeName) : files;
        const given = { ...(images !== undefined && { images }), ...(disk !== undefined && { files: disk }) };
        host = new FakeHost({ clock, nodeName, network: this.network, ...given });
        this.hosts.set(nodeName, host);
        onHost?.(host, nodeName);
      }
      return new FakeRuntime(host, this.options);
    });
  }
}

/** A runtime whose containers are scripted, with a node of its own for each agent: `fake.host(name)`. */
export function fakeRuntime(options: FakeRuntimePluginOptions = {}): FakeRuntimePlugin {
  return new FakeRuntimePlugin(options);
}
