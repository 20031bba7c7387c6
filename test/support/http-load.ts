/** Requests without a pause, each over a connection of its own, and what became of every one of them. */

import { get } from 'node:http';

export interface HttpLoadOptions {
  readonly host: string;
  readonly port: number;
  /** Requests at a time. */
  readonly workers: number;
  /** After so many it ends by itself. */
  readonly requestsMax: number;
}

/** Longer than any answer takes; a request that hangs is a lost one. */
const answerMsMax = 20_000;

export class HttpLoad {
  /** In the order in which they came. */
  readonly answers: string[] = [];
  readonly failures: string[] = [];
  private readonly options: HttpLoadOptions;
  private readonly listeners = new Set<() => void>();
  private readonly workers: Promise<void>[];
  private started = 0;
  private isStopped = false;

  /** Begins at once. */
  constructor(options: HttpLoadOptions) {
    this.options = options;
    this.workers = Array.from({ length: options.workers }, () => this.work());
  }

  /** Resolves once so many more requests were answered, or have failed. */
  async further(count: number): Promise<void> {
    const goal = this.done + count;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const isOver = this.done < goal && this.started >= this.options.requestsMax;
        if (this.done < goal && !isOver) return;
        this.listeners.delete(look);
        if (isOver) reject(new Error(`the load has ended after ${this.done} requests`));
        else resolve();
      };
      this.listeners.add(look);
      look();
    });
  }

  /** Resolves when the last request is over. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.workers);
  }

  private get done(): number {
    return this.answers.length + this.failures.length;
  }

  private async work(): Promise<void> {
    while (!this.isStopped && this.started < this.options.requestsMax) {
      this.started += 1;
      try {
        this.answers.push(await ask(this.options));
      } catch (error) {
        this.failures.push(String(error));
      }
      for (const listener of this.listeners) listener();
    }
  }
}

/** The body of the answer. Rejects when there is none, when it is cut short, and when its status is not 200. */
export function ask(
  { host, port }: Pick<HttpLoadOptions, 'host' | 'port'>,
  path = '/',
  onData: (text: string) => void = () => {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path, agent: false, timeout: answerMsMax }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        onData(text);
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode} ${text}`));
      });
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
}
