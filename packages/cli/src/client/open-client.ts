import type { CommandContext } from '../command.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { findApi } from './kubeconfig.ts';

export interface OpenClient extends ApiClient {
  /** That of the flag, else that of the kubeconfig. */
  readonly namespace: string;
}

export async function openClient({ shell, options }: CommandContext): Promise<OpenClient> {
  const text = (name: string) => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const access = await findApi({ file: text('kubeconfig'), context: text('context') }, shell);
  const client = createApiClient(access, shell.interrupts.gentle);
  return { ...client, namespace: text('namespace') ?? client.namespace };
}
