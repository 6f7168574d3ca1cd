/** @file `rollcast topics`: what the cluster has of the table of topics, and with `--apply` the rest of it. */
import { Command } from 'commander';
import { wholeNumberBetween } from './arguments.js';
import type { Context } from './context.js';
import { example } from './help.js';
import { DEFAULT_PARTITIONS } from './topic-plans.js';
import type { TopicsOptions } from './topics.js';

export function topicsCommand(context: Context): Command {
  return new Command('topics')
    .summary('compare, or create, the topics on a cluster')
    .description(
      'Compare the cluster with the topics that Rollcast needs; --apply creates what is missing. Exit code 1 while something is missing, or the topics of the pipeline differ in their partition counts.',
    )
    .option('--apply', 'create what is missing; existing topics are never changed')
    .option(
      '--partitions <n>',
      `of the pipeline; cannot be changed later (default: what is there, else ${DEFAULT_PARTITIONS})`,
      wholeNumberBetween(1, 10_000),
    )
    .option(
      '--replication <n>',
      "copies of each partition (default: the cluster's)",
      wholeNumberBetween(1, 100),
    )
    .option('--json', 'the comparison as JSON on stdout')
    .addHelpText('after', example('KAFKA_BROKERS=kafka-1:9092 rollcast topics --apply --partitions 12'))
    .action(async (options: TopicsOptions) => {
      const { topics } = await import('./topics.js');
      await topics(context, options);
    });
}
