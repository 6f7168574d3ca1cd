/** @file A runner in a few lines, for the specs: opens the task, cuts the log into batches, commits what comes out.
 *  It keeps the outputs, the changelog and the position as the log would. */
import { DEAD_LETTER_HEADERS, StreamDefinition } from '#contracts';
import { type InputRecord, type OpenPartition, type OutputRecord, type TaskOutput } from '#kafka';
import type { DefinitionSource } from '#kafka';
import { readingsTask } from '../readings.task.js';

export const EPOCH = Date.UTC(2026, 0, 1);
export const s = 1_000;
export const day = 86_400 * s;
export const definition = StreamDefinition.parse({
  stream: 'mill',
  frequency: '10s',
  lateness: '10s',
  expireAfter: '1d',
  channels: [
    { name: 'speed', min: 0, max: 50, decimals: 1 },
    { name: 'load', min: -10, max: 10 },
  ],
});

/** A table of definitions that learns `late` ones only when it is caught up. */
export class Table implements DefinitionSource {
  readonly known: Map<string, StreamDefinition>;
  readonly late = new Map<string, StreamDefinition>();
  caughtUp = 0;
  constructor(...definitions: StreamDefinition[]) {
    this.known = new Map(definitions.map((one) => [one.stream, one]));
  }
  get(stream: string) {
    return this.known.get(stream) ?? null;
  }
  async catchUp() {
    this.caughtUp += 1;
    for (const [stream, one] of this.late) this.known.set(stream, one);
  }
}

export interface Sent {
  readonly value: Buffer | string | object | null;
  /** Record timestamp after `EPOCH`; one second a record where left out. */
  readonly timestamp?: number;
  readonly headers?: Record<string, Buffer>;
}

export const toRecords = (sent: readonly Sent[], partition = 0): InputRecord[] =>
  sent.map(({ value, timestamp, headers = {} }, index) => ({
    topic: 'readings',
    partition,
    offset: BigInt(100 + index),
    timestamp: EPOCH + (timestamp ?? index * s),
    key: Buffer.from('any'),
    value:
      value === null || Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers,
  }));

export const reading = (seconds: number, values?: object, series = 'x', stream = 'mill') => ({
  stream,
  series,
  time: EPOCH + seconds * s,
  ...(values && { values }),
});

export interface Run {
  readonly records: OutputRecord[];
  readonly changelog: Map<string, string>;
  readonly counts: Record<string, number>;
  position: { next: bigint; last: bigint; partitionState: unknown } | null;
  readonly outputs: TaskOutput[];
}

export interface Options {
  readonly table?: DefinitionSource;
  /** Lengths of the batches, in turn; the rest in one. */
  readonly cuts?: readonly number[];
  /** Opens the partition anew from the changelog before every batch. */
  readonly reopen?: boolean;
  readonly partitions?: number;
  /** A run to go on from: its changelog and position. */
  readonly before?: Run;
}

/** What a runner does, without one: opens, processes in batches, commits outputs, changelog and position. */
export async function run(records: readonly InputRecord[], options: Options = {}): Promise<Run> {
  const { table = new Table(definition), cuts = [], reopen = false, partitions = 1, before } = options;
  const result: Run = {
    records: [],
    changelog: new Map(before?.changelog),
    counts: {},
    position: before?.position ?? null,
    outputs: [],
  };
  const task = readingsTask({ definitions: table });
  const open = () =>
    task.open({
      partition: records[0]?.partition ?? 0,
      partitions,
      entries: new Map(result.changelog),
      position: result.position && {
        ...result.position,
        partitionState: stored(result.position.partitionState),
      },
      spans: undefined as never,
      signal: new AbortController().signal,
    });
  let partition: OpenPartition = await open();
  for (let from = 0, cut = 0; from < records.length; cut++) {
    const batch = records.slice(from, from + Math.max(1, cuts[cut] ?? records.length));
    if (reopen) partition = await open();
    const output = await partition.process(batch);
    commit(result, output, batch.at(-1)?.offset ?? 0n);
    from += batch.length;
  }
  return result;
}

export const stored = (state: unknown): unknown => JSON.parse(JSON.stringify(state ?? null));

export function commit(result: Run, output: TaskOutput, last: bigint) {
  result.outputs.push(output);
  result.records.push(...output.records);
  for (const { key, value } of output.changes) {
    if (value === null) result.changelog.delete(key);
    else result.changelog.set(key, value);
  }
  for (const [name, by] of Object.entries(output.counts))
    result.counts[name] = (result.counts[name] ?? 0) + by;
  result.position = { next: last + 1n, last, partitionState: output.partitionState };
}

export const header = (record: OutputRecord | undefined, name: string) => record?.headers?.[name]?.toString();
export const reasons = (result: Run) =>
  result.records
    .filter((record) => record.topic === 'readings.dead')
    .map((record) => header(record, DEAD_LETTER_HEADERS.reason));
export const frames = (result: Run) =>
  result.records
    .filter(({ topic }) => topic === 'frames')
    .map(({ value }) => JSON.parse(String(value)) as object);

export const bytes = (result: Run) =>
  result.records.map(({ key, value, headers, ...rest }) => ({
    ...rest,
    key: String(key),
    value: String(value),
    headers: Object.entries(headers ?? {}).map(([name, text]) => `${name}: ${String(text)}`),
  }));
