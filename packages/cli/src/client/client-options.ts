import type { OptionDefinition } from '../command.ts';

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
