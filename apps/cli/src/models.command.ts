/** @file `rollcast models`: the versions of a stream, and putting one in charge by hand. */
import { Command } from 'commander';
import { streamName } from './arguments.js';
import type { Context } from './context.js';
import { example, jsonOption, urlOption } from './help.js';
import type { ModelsOptions } from './models.js';

export function modelsCommand(context: Context): Command {
  return new Command('models')
    .summary('list versions, roll back')
    .description(
      'List the model versions of a stream, the newest first; --use rolls back to one of them, or to kalman-0.',
    )
    .argument('<stream>', 'name of the stream', streamName)
    .option('--use <version>', 'make this version the champion')
    .addOption(urlOption())
    .addOption(jsonOption())
    .addHelpText('after', example('rollcast models weather --use cmamba-3f9a1c20d4e5'))
    .action(async (stream: string, options: ModelsOptions) =>
      (await import('./models.js')).models(context, stream, options),
    );
}
