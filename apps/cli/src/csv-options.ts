/** @file What a person says of a CSV file on the command line: the same for every command that reads one.
 *
 *  Law: what a refusal or a note advises (--time, --channels, ...) each of them has. */
import type { Command } from 'commander';
import { duration, names } from './arguments.js';
import type { CsvHints } from './csv/index.js';

export interface CsvOptions {
  readonly time?: string;
  readonly series?: string[];
  readonly channels?: string[];
  readonly interval?: string;
  readonly tz?: string;
}

export function addCsvOptions(command: Command): Command {
  return command
    .option('--time <column>', 'holds the time (default: the column that looks like it)')
    .option('--series <columns>', 'name the series (default: found in the file)', names)
    .option('--channels <columns>', "are measured (default: the stream's, or every column of numbers)", names)
    .option(
      '--interval <duration>',
      'between the rows of a series (default: found in the column of the time)',
      duration,
    )
    .option('--tz <zone>', 'of times without an offset, like Europe/Berlin (default: UTC)');
}

/** Those that were said. */
export function csvHints({ time, series, channels, interval, tz }: CsvOptions): Omit<CsvHints, 'stream'> {
  return {
    ...(time !== undefined && { time }),
    ...(series !== undefined && { series }),
    ...(channels !== undefined && { channels }),
    ...(interval !== undefined && { interval }),
    ...(tz !== undefined && { tz }),
  };
}
