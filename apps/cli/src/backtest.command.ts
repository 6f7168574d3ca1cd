/** @file `rollcast backtest`: all five forecasters on a file, without Kafka. */
import { Command } from 'commander';
import { wholeNumberBetween } from './arguments.js';
import type { Context } from './context.js';
import { addCsvOptions } from './csv-options.js';
import { example } from './help.js';
import type { BacktestOptions } from './backtest.js';

export function backtestCommand(context: Context): Command {
  const command = new Command('backtest')
    .summary('compare all forecasters on a CSV file, without Kafka')
    .description(
      'Fit every forecaster on the older part of a file and judge it on the newest, by the loop that serves: rolling origins, observed truths only, errors on the standardised scale.',
    )
    .argument('<file>', 'a CSV file, also .gz')
    .option('--horizon <steps>', 'steps ahead', wholeNumberBetween(1, 1_000))
    .option('--lookback <steps>', 'steps that a forecast looks back', wholeNumberBetween(8, 2_000));
  return addCsvOptions(command)
    .option('--seed <n>', 'of the training', wholeNumberBetween(0, 2 ** 31 - 1), 1)
    .option('--json', 'print {"rows": [...]} instead of a table')
    .addHelpText('after', example('rollcast backtest data/nyc-weather-2013.csv.gz --horizon 24'))
    .action(async (file: string, options: BacktestOptions) =>
      (await import('./backtest.js')).backtest(context, file, options),
    );
}
