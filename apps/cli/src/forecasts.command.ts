/** @file `rollcast forecasts`: the latest forecasts of a stream, or all of them as they are made. */
import { Command } from 'commander';
import { streamName } from './arguments.js';
import type { Context } from './context.js';
import { example, jsonOption, urlOption } from './help.js';
import type { ForecastsOptions } from './forecasts.js';

export function forecastsCommand(context: Context): Command {
  return new Command('forecasts')
    .summary('show forecasts, or follow them')
    .description(
      'Show the latest forecast of every series; --follow stays and shows each new one until Ctrl-C.',
    )
    .argument('<stream>', 'name of the stream', streamName)
    .option('--series <name>', 'of this series only')
    .option('--follow', 'stay and show every new forecast')
    .addOption(urlOption())
    .addOption(jsonOption())
    .addHelpText('after', example('rollcast forecasts weather --series EWR --follow --json'))
    .action(async (stream: string, options: ForecastsOptions) =>
      (await import('./forecasts.js')).forecasts(context, stream, options),
    );
}
