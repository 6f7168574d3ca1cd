/** @file `rollcast up`: a whole Rollcast on this machine, until Ctrl-C. */
import { Command } from 'commander';
import { port, wholeNumberBetween } from '../arguments.js';
import type { Context } from '../context.js';
import { example } from '../help.js';
import { UP_PORTS } from '../ports.js';
import { DEFAULT_PARTITIONS } from '../topic-plans.js';
import type { UpOptions } from './up.js';

export function upCommand(context: Context): Command {
  return new Command('up')
    .summary('run everything on this machine until Ctrl-C')
    .description(
      'Start Kafka and Redis as servers of this machine (unless KAFKA_BROKERS and REDIS_URL name some), the services and one base URL, all on fixed ports; what they keep stays for the next time. Ends with Ctrl-C.',
    )
    .option('--data <folder>', 'keeps data, models and logs', '.rollcast')
    .option('--port <n>', 'of the base URL', port, UP_PORTS.proxy)
    .option(
      '--partitions <n>',
      'of topics that do not exist yet',
      wholeNumberBetween(1, 10_000),
      DEFAULT_PARTITIONS,
    )
    .addHelpText('after', example('rollcast up --data ~/rollcast'))
    .action(async (options: UpOptions) => (await import('./up.js')).up(context, options));
}
