/** @file `rollcast replay`: a CSV file as if its sensors were speaking. */
import { Command } from 'commander';
import { speed, streamName } from '../arguments.js';
import type { Context } from '../context.js';
import { addCsvOptions } from '../csv-options.js';
import { example, urlOption } from '../help.js';
import type { ReplayOptions } from './replay-file.js';

export function replayCommand(context: Context): Command {
  const command = new Command('replay')
    .summary('publish a CSV file as readings')
    .description(
      'Publish the rows of a CSV file (also .gz) as readings, in the order of their times, and one tick a series at the end: to Kafka, or over HTTP where --url is given and KAFKA_BROKERS is not. What is there already is not published again, as far as the newest frames of its series tell, and the last records of their partitions of readings.',
    )
    .argument('<file>', 'CSV with a header')
    .option('--stream <name>', "name of the stream (default: the file's name)", streamName);
  return addCsvOptions(command)
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
