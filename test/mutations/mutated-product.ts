/**
 * The product and its simulator with all mutations planted, each asleep until it is switched on: loaded by Vite, which
 * changes the sources on their way, and beside the product that everybody else has.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, defaultServerConditions, type Plugin } from 'vite';
import type * as Simulator from '../../packages/simulator/src/index.ts';
import { type Choose, chooserName, type Mutation, plant } from './mutation.ts';

export interface MutatedProduct extends AsyncDisposable {
  readonly simulator: Pick<typeof Simulator, 'drawPlan' | 'simulate'>;
  /** Wakes one of them, or none. */
  use(mutation: Mutation | undefined): void;
  /** Wakes none, and gives back the names of those that would have made a difference from now on. */
  watch(): ReadonlySet<string>;
}

export const repository = join(import.meta.dirname, '../..');
const conditions = ['@mooring/source', ...defaultServerConditions];

export async function mutatedProduct(mutations: readonly Mutation[]): Promise<MutatedProduct> {
  const server = await createServer({
    root: repository,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    oxc: { target: 'node20' },
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    plugins: [planting(mutations)],
  });
  const choose = (chooser: Choose) => Reflect.set(globalThis, chooserName, chooser);
  choose((_, __, own) => own());
  const entry = join(repository, 'packages/simulator/src/index.ts');
  const simulator = (await server.ssrLoadModule(entry)) as typeof Simulator;
  return {
    simulator,
    use: (mutation) => choose((name, planted, own) => (name === mutation?.name ? planted() : own())),
    watch() {
      const seen = new Set<string>();
      choose((name, planted, own) => {
        const value = own();
        if (!seen.has(name) && wordsOf(planted()) !== wordsOf(value)) seen.add(name);
        return value;
      });
      return seen;
    },
    [Symbol.asyncDispose]: async () => {
      Reflect.deleteProperty(globalThis, chooserName);
      await server.close();
    },
  };
}

export function sourceOf(file: string): string {
  return readFileSync(join(repository, file), 'utf8');
}

function planting(mutations: readonly Mutation[]): Plugin {
  return {
    name: 'mutations',
    enforce: 'pre',
    transform: (code, id) => {
      const own = mutations.filter(({ file }) => id === join(repository, file));
      return own.length === 0 ? undefined : plant(code, own);
    },
  };
}

function wordsOf(value: unknown): string | undefined {
  return JSON.stringify(value instanceof Set ? [...value] : value);
}
