/** @file Compares the cluster with the table of topics, and creates what is missing.
 *
 *  Law: nothing that exists is changed. It fails while a topic is missing or has another partition count (a series
 *  would lose its home); other differences are said. */
import { TOPICS } from '#contracts';
import { applyTopics, type KafkaAdmin, type TopicDifference, type TopicPlan } from '#kafka';
import { unlessAborted } from '#platform';
import { closing } from './closing.js';
import type { Context } from './context.js';
import { CommandFailed } from './failures.js';
import { openKafka, whereKafkaIs } from './kafka-access.js';
import { readSurroundings } from './surroundings.js';
import { renderTable } from './terminal/table.js';
import { DEFAULT_PARTITIONS, topicPlans } from './topic-plans.js';

export interface TopicsOptions {
  readonly apply?: true;
  readonly partitions?: number;
  readonly replication?: number;
  readonly json?: true;
}

interface Comparison {
  readonly created: readonly string[];
  readonly existing: readonly string[];
  readonly missing: readonly string[];
  readonly differences: readonly TopicDifference[];
}

export async function topics(context: Context, options: TopicsOptions): Promise<void> {
  const { console, signal } = context;
  const { kafka: settings } = readSurroundings(context);
  await closing(console.say, async (begun) => {
    const { client, admin } = openKafka(settings, context, begun);
    const present = new Set(
      await unlessAborted(
        whereKafkaIs(settings, () => admin.topicNames()),
        signal,
      ),
    );
    const asked = options.partitions ?? (await unlessAborted(partitionsThere(admin, present), signal));
    // A replication that is left out is the cluster's; a comparison never looks at it.
    const plans = topicPlans({ ...options, partitions: asked ?? DEFAULT_PARTITIONS });
    const missing = plans.filter(({ name }) => !present.has(name));
    const applied = await unlessAborted(
      applyTopics(
        client,
        admin,
        options.apply === true ? plans : plans.filter(({ name }) => present.has(name)),
      ),
      signal,
    );
    const comparison = { ...applied, missing: options.apply === true ? [] : missing.map(({ name }) => name) };
    if (options.json === true) console.print(JSON.stringify(comparison, null, 2));
    else {
      const prefix = settings.prefix ?? '';
      topicTable(prefix, plans, comparison, console.columns).forEach(console.print);
      differenceLines(prefix, comparison).forEach(console.say);
    }
    const parted = comparison.differences.filter(({ what }) => what === 'partitions');
    if (comparison.missing.length > 0)
      throw new CommandFailed(`${comparison.missing.length} topics are missing: run rollcast topics --apply`);
    if (parted.length > 0)
      throw new CommandFailed(
        `${parted.length} topics have another partition count than ${options.partitions === undefined ? 'the others' : 'asked for'}`,
      );
  });
}

/** How many partitions the pipeline has on this cluster; null: none of its topics is there. */
async function partitionsThere(admin: KafkaAdmin, present: ReadonlySet<string>): Promise<number | null> {
  const topic = TOPICS.find(({ name, partitions }) => partitions === 'pipeline' && present.has(name));
  return topic === undefined ? null : admin.partitionCount(topic.name);
}

/** @param width characters in a line */
export function topicTable(
  prefix: string,
  plans: readonly TopicPlan[],
  found: Comparison,
  width: number,
): string[] {
  const state = (name: string) => {
    if (found.created.includes(name)) return 'created';
    const parted = found.differences.find(({ topic, what }) => topic === name && what === 'partitions');
    if (parted !== undefined) return `has ${parted.found}, not ${parted.wanted}`;
    return found.missing.includes(name) ? 'missing' : 'there';
  };
  const rows = plans.map(({ name, partitions, configs }) => {
    const kept =
      configs['cleanup.policy'] === 'compact' ? 'compacted' : `${days(configs['retention.ms'])} days`;
    return [prefix + name, String(partitions), kept, state(name)];
  });
  const columns = [
    { title: 'topic' },
    { title: 'partitions', align: 'right' },
    { title: 'kept' },
    { title: 'state' },
  ] as const;
  return renderTable(columns, rows, width);
}

/** What a person can do about differences: those of partitions are in the table, and said once. */
export function differenceLines(prefix: string, { differences }: Pick<Comparison, 'differences'>): string[] {
  const others = differences.filter(({ what }) => what !== 'partitions');
  return [
    ...(others.length < differences.length ? [PARTITIONS_STAY] : []),
    ...others.map(
      ({ topic, what, wanted, found }) =>
        `${prefix}${topic}: ${what} is ${found}, not ${wanted} (kafka-configs --alter sets it, if it is not meant so)`,
    ),
  ];
}

/** More partitions would send a series' key elsewhere than its history. */
const PARTITIONS_STAY =
  'partition counts cannot be changed: use another ROLLCAST_PREFIX, or leave --partitions as it is';

function days(ms: string | undefined): string {
  return String(Math.round(Number(ms ?? 0) / 86_400_000));
}
