/** @file The parts of this library as parts of a service: each one in health, in the metrics, and in the orderly end.
 *
 *  Law: none of these calls waits for Kafka: a service listens, and says in health what it waits for, before the
 *  broker answers. Consumers stop side by side, what was made before them afterwards. What has stopped for
 *  good (a lost log, our bug) ends the whole process with code 1: nobody restarts half a service. */
import type { RollcastError } from '#contracts';
import { describeError } from '#contracts';
import { type Indication, type Metrics, type Platform, wholeNumber } from '#platform';
import type { KafkaClient } from './client.js';
import { CompactedTable, type TableOptions } from './compacted-table.js';
import { type DefinitionTable, definitionTable } from './definition-table.js';
import type { CommittedBatch } from './partition-process.js';
import { PartitionRunner, type PartitionView, type RunnerOptions } from './partition-runner.js';
import { RecordProducer } from './producer.js';
import type { RunnerView } from './runner-health.js';
import { type FollowOptions, TopicFollower } from './topic-follower.js';

/** For `EnvironmentSpec.variables` of a service with a runner: how long a member may be silent until the group gives
 *  its partitions to another one. Short: a killed process is replaced soon; long: a slow one is left in peace. */
export const RUNNER_VARIABLES = {
  KAFKA_SESSION_TIMEOUT_MS: wholeNumber({ min: 1_000, max: 300_000, unit: 'milliseconds' }).default(10_000),
};

export interface ServedRunnerOptions extends RunnerOptions {
  /** Read to their present end before the runner starts: a task never meets a half-read table. */
  readonly after?: readonly { ready(): Promise<void> }[];
}

/** Of the ten seconds that a shutdown has, tables, producers and HTTP need some too (milliseconds). */
const RUNNER_STOPS_WITHIN_MS = 8_000;

/** Upper bounds in seconds: a commit takes tens of milliseconds; one that waits for a broker takes seconds. */
const TRANSACTION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A producer that is closed at the end of the service. */
export function serveProducer(platform: Platform, client: KafkaClient): RecordProducer {
  const producer = new RecordProducer(client);
  platform.shutdown.add('producer', () => producer.close());
  return producer;
}

/** A table that is being read from now on; in health under `topic <name>`. */
export function serveTable(platform: Platform, client: KafkaClient, options: TableOptions): CompactedTable {
  const { topic, onState } = options;
  const { logger, health, shutdown } = platform;
  let indication: Indication = { status: 'waiting', detail: 'it is being read' };
  let problem: RollcastError | null = null;
  let read = false;
  const judge = () => {
    if (problem !== null) indication = { status: 'waiting', detail: describeError(problem) };
    else if (read) indication = { status: 'up' };
  };
  const table = new CompactedTable(client, {
    ...options,
    onState: (next) => {
      if (next !== null && problem === null) logger.warn(`topic ${topic}: ${describeError(next)}`);
      if (next === null && problem !== null) logger.info(`topic ${topic} is followed again`);
      problem = next;
      judge();
      onState?.(next);
      if (next?.fate === 'crash') endUnlessEnding(platform, `topic ${topic}: ${describeError(next)}`);
    },
  });
  health.register(`topic ${topic}`, () => indication);
  shutdown.addBeside(`topic ${topic}`, () => table.stop());
  table.ready().then(
    () => {
      read = true;
      judge();
    },
    (error: unknown) => endUnlessEnding(platform, `topic ${topic}: ${describeError(error)}`),
  );
  return table;
}

/** A topic that is followed from now on, for whoever asks over HTTP. */
export function serveFollower(
  platform: Platform,
  client: KafkaClient,
  options: Omit<FollowOptions, 'onState'>,
): TopicFollower {
  const { topic } = options;
  const end = (error: unknown) => endUnlessEnding(platform, `topic ${topic}: ${describeError(error)}`);
  const follower = new TopicFollower(client, {
    ...options,
    onState: (problem) => problem?.fate === 'crash' && end(problem),
  });
  follower.start().catch(end);
  platform.shutdown.addBeside(`follower of ${topic}`, () => follower.stop());
  return follower;
}

/** Under which controllers get the definitions. */
export const DEFINITIONS = Symbol('Definitions');

/** The definitions in force, as a part of a service: `ready` settles when those that are there now are read. */
export interface ServedDefinitions extends DefinitionTable {
  ready(): Promise<void>;
}

/** The topic `streams`, being read from now on. A record that is no definition is logged and passed over.
 *  @param onChange told of every change, by the key */
export function serveDefinitions(
  platform: Platform,
  client: KafkaClient,
  onChange: (stream: string) => void = () => undefined,
): ServedDefinitions {
  const table = serveTable(platform, client, { topic: 'streams', onChange });
  const definitions = definitionTable(table, (stream, problem) =>
    platform.logger.warn('a record of the topic streams is no definition and is passed over', {
      stream,
      problem,
    }),
  );
  return Object.assign(definitions, { ready: () => table.ready() });
}

/** A runner that starts once the tables of `after` are read; in health as `partitions`. Its metrics:
 *  `rollcast_input_records_total`, `rollcast_transaction_seconds`, `rollcast_partitions_owned`,
 *  `rollcast_partition_lag{partition}`. */
export function serveRunner(platform: Platform, options: ServedRunnerOptions): PartitionRunner {
  const { logger, health, shutdown } = platform;
  const { after = [], ...runnerOptions } = options;
  const measured = measure(platform.metrics, () => runner);
  const runner: PartitionRunner = new PartitionRunner({
    ...runnerOptions,
    onCommitted: (batch) => {
      measured(batch);
      options.onCommitted?.(batch);
    },
    onState: (state) => {
      if (state.state === 'waiting') logger.warn(`partitions wait: ${state.reason ?? ''}`);
      else logger.info(`partitions: ${state.state}`);
      options.onState?.(state);
    },
    onCrash: (error) => {
      options.onCrash?.(error);
      endUnlessEnding(platform, describeError(error));
    },
  });
  health.register('partitions', () => runnerIndication(runner.health(), runner.partitions()));
  shutdown.addBeside('partitions', () => runner.stop(RUNNER_STOPS_WITHIN_MS));
  Promise.all(after.map((table) => table.ready())).then(
    () => {
      if (!shutdown.begun) runner.start();
    },
    // The table has ended the service, or the service the table.
    (error: unknown) => logger.debug(`the partition runner never started: ${describeError(error)}`),
  );
  return runner;
}

/** A runner's own word for its state as an indicator's. While a partition of its own is being restored it is in no
 *  trouble, but not ready either: whoever deploys waits before the next process is ended. */
export function runnerIndication(
  { state, reason }: RunnerView,
  partitions: readonly Pick<PartitionView, 'partition' | 'open'>[],
): Indication {
  const opening = partitions.filter(({ open }) => !open).map(({ partition }) => partition);
  switch (state) {
    case 'running':
      if (opening.length === 0) return { status: 'up' };
      return { status: 'waiting', detail: `being restored: partitions ${opening.join(', ')}` };
    case 'starting':
      return { status: 'waiting', detail: 'the partitions are being opened' };
    case 'waiting':
      return { status: 'waiting', detail: reason ?? 'for Kafka' };
    case 'stopped':
      return { status: 'down', detail: reason ?? 'it was stopped' };
  }
}

function endUnlessEnding({ logger, shutdown }: Platform, why: string): void {
  if (shutdown.begun) return;
  logger.fatal(`this cannot go on: ${why}`);
  void shutdown.begin(why, 1);
}

function measure(metrics: Metrics, runner: () => PartitionRunner): (batch: CommittedBatch) => void {
  const records = metrics.counter(
    'rollcast_input_records_total',
    'Input records whose consequences were committed by this process.',
  );
  const seconds = metrics.histogram(
    'rollcast_transaction_seconds',
    'From taking a batch to the end of its commit.',
    TRANSACTION_BUCKETS,
  );
  metrics.gauge('rollcast_partitions_owned', 'Partitions that this process owns now.', [], (gauge) =>
    gauge.set(runner().partitions().length),
  );
  metrics.gauge(
    'rollcast_partition_lag',
    'Input records not yet processed, by the last fetch (markers counted).',
    ['partition'],
    (gauge) => {
      gauge.reset();
      for (const { partition, lag } of runner().partitions()) {
        if (lag !== null) gauge.set({ partition: String(partition) }, Number(lag));
      }
    },
  );
  return (batch) => {
    records.inc(batch.records);
    seconds.observe(batch.durationMs / 1_000);
  };
}
