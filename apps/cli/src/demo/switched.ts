/** @file Waits until the predictor uses a version: a switch record in `models` for every partition of the stream.
 *
 *  Law: the record is written with the first frame that the version serves, so somebody must go on publishing. */
import { seriesKey } from '#contracts';
import { CompactedTable, homePartition, type KafkaClient, readModelRecord } from '#kafka';
import { unlessAborted } from '#platform';
import { CommandFailed } from '../failures.js';

export interface SwitchedOptions {
  readonly stream: string;
  readonly series: readonly string[];
  readonly version: string;
  /** Partition count of `frames`. */
  readonly partitions: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

/** @throws CommandFailed when a partition refuses the version, with its reason; the signal's reason */
export async function untilSwitched(client: KafkaClient, options: SwitchedOptions): Promise<void> {
  const { stream, series, version, partitions, signal, onProgress } = options;
  const waiting = new Set(series.map((name) => homePartition(seriesKey(stream, name), partitions)));
  const { size } = waiting;
  const { promise, resolve, reject } = withResolvers();
  const table = new CompactedTable(client, {
    topic: 'models',
    onChange: (key, value) => {
      const record = value === null ? null : readModelRecord(key, value);
      if (
        record === null ||
        typeof record === 'string' ||
        record.stream !== stream ||
        record.type === 'champion' ||
        record.version !== version
      )
        return;
      if (record.type === 'refusal' && waiting.has(record.partition))
        reject(new CommandFailed(`partition ${record.partition} refused ${version}: ${record.problem}`));
      if (record.type !== 'switch') return;
      waiting.delete(record.partition);
      onProgress?.(1 - waiting.size / size);
      if (waiting.size === 0) resolve();
    },
  });
  table.start();
  try {
    await unlessAborted(promise, signal);
  } finally {
    await table.stop();
  }
}

/** `Promise.withResolvers` of newer Nodes. */
function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
