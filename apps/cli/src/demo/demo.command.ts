/** @file `rollcast demo`: the main job on real data, from an empty machine to a table of errors. */
import { Command, Option } from 'commander';
import { port, wholeNumberBetween } from '../arguments.js';
import type { Context } from '../context.js';
import { addCsvOptions } from '../csv-options.js';
import { example } from '../help.js';
import type { DemoOptions } from './demo.js';

/** A laptop's broker opens few partitions faster; three stations need no more. */
const PARTITIONS = 4;

export function demoCommand(context: Context): Command {
  const command = new Command('demo')
    .summary('replay a year of weather, train, and compare')
    .description(
      'Start everything under a name of its own, replay real readings, train a model on 80 % of them, and compare it with four simpler ones on the rest. Stays with its page until Ctrl-C, and leaves nothing behind.',
    )
    .option('--csv <file>', 'replay this file instead')
    .addOption(
      new Option('--data <set>', 'a year of three weather stations, or four motes every five seconds')
        .choices(['weather', 'motes'])
        .default('weather'),
    );
  return addCsvOptions(command)
    .option('--exit', 'end after the table instead of staying')
    .option('--json <file>', 'also write rows and timings there')
    .option('--port <n>', 'of the page (default: any free one)', port)
    .option('--partitions <n>', 'of the topics', wholeNumberBetween(1, 1_000), PARTITIONS)
    .addHelpText('after', example('rollcast demo --exit --json demo.json'))
    .action(async (options: DemoOptions) => (await import('./demo.js')).demo(context, options));
}
