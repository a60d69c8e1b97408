import type { Command } from '../command.ts'

export const completionCommand: Command = {
  name: 'completion',
  describe: 'Print a script by which the shell completes certlet’s commands and flags.',
  positionals: {
    shell: { choices: ['bash', 'zsh'], demandOption: true, describe: 'the shell' },
  },
  flags: {},
  examples: [
    ['source <($0 completion bash)', 'Have it in this bash'],
    ['$0 completion bash > /etc/bash_completion.d/certlet', 'Have it in every bash'],
    ['$0 completion zsh > /usr/local/share/zsh/site-functions/_certlet', 'Have it in every zsh'],
  ],
  run: async (flags, world) => (await import('../run-completion.ts')).runCompletion(flags, world),
}
