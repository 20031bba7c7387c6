import type { CommandContext, OptionDefinition } from '../command.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { findApi } from './kubeconfig.ts';

/** The flags of every command that asks an API server. */
export const clientOptions: readonly OptionDefinition[] = [
  {
    flag: '--namespace',
    short: '-n',
    placeholder: '<name>',
    help: 'namespace; by default that of the kubeconfig',
  },
  {
    flag: '--kubeconfig',
    placeholder: '<file>',
    help: 'by default KUBECONFIG, then that of `moor up` here, then ~/.kube/config',
  },
  { flag: '--context', placeholder: '<name>', help: 'context of the kubeconfig; by default the current one' },
];

export const outputOption: OptionDefinition = {
  flag: '--output',
  short: '-o',
  placeholder: '<format>',
  help: 'instead of words: json or yaml',
  choices: ['json', 'yaml'],
};

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
