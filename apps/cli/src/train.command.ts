/** @file `rollcast train`: puts a training on the queue and may wait for the verdict. */
import { Command } from 'commander';
import { streamName, wholeNumberBetween } from './arguments.js';
import type { Context } from './context.js';
import { example, jsonOption, urlOption } from './help.js';
import type { TrainOptions } from './train.js';

export function trainCommand(context: Context): Command {
  return new Command('train')
    .summary('ask for a training')
    .description(
      'Ask for a training on all frames that Kafka holds of a stream when it begins (behind a replay they may still be coming). With --wait the exit code is 1 unless it ends with a verdict.',
    )
    .argument('<stream>', 'name of the stream', streamName)
    .option('--wait', 'show the progress and wait for the verdict')
    .option(
      '--seed <n>',
      "instead of the seed in the stream's definition",
      wholeNumberBetween(0, 2 ** 31 - 1),
    )
    .addOption(urlOption())
    .addOption(jsonOption())
    .addHelpText('after', example('rollcast train weather --wait'))
    .action(async (stream: string, options: TrainOptions) =>
      (await import('./train.js')).train(context, stream, options),
    );
}
