/** @file `rollcast replay`: a CSV file as if its sensors were speaking. */
import { Command } from 'commander';
import { duration, names, speed, streamName } from '../arguments.js';
import type { Context } from '../context.js';
import { example, urlOption } from '../help.js';
import type { ReplayOptions } from './replay-file.js';

export function replayCommand(context: Context): Command {
  return new Command('replay')
    .summary('publish a CSV file as readings')
    .description(
      'Publish the rows of a CSV file (also .gz) as readings, in the order of their times, and one tick a series at the end: to Kafka, or over HTTP where --url is given and KAFKA_BROKERS is not. What is there already is not published again, as far as the newest frames of its series tell, and the last records of their partitions of readings.',
    )
    .argument('<file>', 'CSV with a header')
    .option('--stream <name>', "name of the stream (default: the file's name)", streamName)
    .option('--time <column>', 'holds the time (default: the column that looks like it)')
    .option('--series <columns>', 'name the series (default: found in the file)', names)
    .option('--channels <columns>', "are measured (default: the stream's, or every column of numbers)", names)
    .option('--interval <duration>', 'between the rows of a series, where no column says the time', duration)
    .option('--tz <zone>', 'of times without an offset, like Europe/Berlin (default: UTC)')
    .option('--speed <n>', "times faster than the file's own time, or max", speed, 'max')
    .option('--create', 'define the stream from what is found in the file, unless it exists')
    .option('--shift-to-now', 'move all times so that the last is now (with --speed 1: the first)')
    .option('--force', 'publish also what is there already (it becomes duplicates and dead letters)')
    .addOption(urlOption())
    .addHelpText('after', example('rollcast replay data/nyc-weather-2013.csv.gz --stream weather --create'))
    .action(async (file: string, options: ReplayOptions) =>
      (await import('./replay-file.js')).replayFile(context, file, options),
    );
}
