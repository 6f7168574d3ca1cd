/** @file The input of a real run, given to a task on the in-memory log: the same offsets and append times, and the
 *  definitions as they changed.
 *
 *  Law: a change of definitions is not in the log, so the real run makes them where every partition stands still, and
 *  here each partition meets them at the same record. */
import { seriesKey, type StreamDefinition } from '#contracts';
import { type DefinitionSource, type InputRecord, type PartitionTask, TopicReader } from '#kafka';
import { InMemoryLog, pump } from '#kafka/testing';
import { type BrokerWorld, PARTITIONS } from './broker-world.js';

/** From these offsets of the input on (by partition) these definitions held, and no others. */
export interface DefinitionChange {
  readonly at: readonly bigint[];
  readonly definitions: readonly StreamDefinition[];
}

export interface GivenLog {
  readonly topic: string;
  /** By partition, in order. */
  readonly records: readonly (readonly InputRecord[])[];
  readonly definitions: readonly StreamDefinition[];
  readonly changes?: readonly DefinitionChange[];
}

/** @returns the log with what the task has written, and the sums of its counts */
export async function pumpGiven(
  { topic, records, definitions, changes = [] }: GivenLog,
  taskOf: (definitions: DefinitionSource) => PartitionTask,
): Promise<{ log: InMemoryLog; counts: Readonly<Record<string, number>> }> {
  const log = new InMemoryLog(records.length);
  let table = new Map<string, StreamDefinition>();
  const task = taskOf({ get: (stream) => table.get(stream) ?? null, catchUp: () => Promise.resolve() });
  const counts: Record<string, number> = {};
  const phases = [{ definitions, at: records.map(() => 0n) }, ...changes];
  for (const [index, phase] of phases.entries()) {
    table = new Map(phase.definitions.map((one) => [one.stream, one]));
    for (const [partition, list] of records.entries()) {
      const end = phases[index + 1]?.at[partition] ?? null;
      const begin = phase.at[partition] ?? 0n;
      for (const record of list) {
        if (record.offset < begin || (end !== null && record.offset >= end)) continue;
        log.skip(topic, partition, Number(record.offset - log.bounds(topic, partition).end));
        log.time = record.timestamp;
        log.append({ ...record, partition });
      }
    }
    const pumped = await pump(task, log);
    for (const [name, count] of Object.entries(pumped.counts)) counts[name] = (counts[name] ?? 0) + count;
  }
  return { log, counts };
}

/** Everything that the task has written to a topic, by partition. */
export function written(log: InMemoryLog, topic: string): readonly (readonly InputRecord[])[] {
  return Array.from({ length: log.partitions }, (_, partition) => log.read(topic, partition));
}

/** Changes the definitions of a running service where its input stands still; settles when all of it knows. */
export async function changeDefinitions(
  world: BrokerWorld,
  topic: 'readings' | 'frames',
  before: readonly StreamDefinition[],
  after: readonly StreamDefinition[],
): Promise<DefinitionChange> {
  await world.workedOff(topic);
  const reader = new TopicReader(world.client, [topic]);
  const bounds = await reader.bounds(topic).finally(() => reader.close());
  const gone = before.filter(({ stream }) => after.every((one) => one.stream !== stream));
  await world.define(...after);
  await world.send(gone.map(({ stream }) => ({ topic: 'streams', key: stream, value: null })));
  // Whoever meets a stream that it does not know reads the definitions to their end.
  const [stream, series] = ['unheard-of', 'x'];
  const key = seriesKey(stream, series);
  const value = JSON.stringify({ stream, series, time: '2026-01-01T00:00:00.000Z', values: {} });
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  await world.send(partitions.map((partition) => ({ topic, partition, key, value })));
  await world.workedOff(topic);
  return { at: bounds.map(({ end }) => end), definitions: after };
}
