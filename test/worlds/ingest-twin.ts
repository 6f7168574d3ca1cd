/** @file The undisturbed run of ingest in memory: the readings of a real run, with their offsets and append times,
 *  through the same task on the in-memory log.
 *
 *  Law: forwarded readings lie in the given log already, so the twin's own are put aside and not read again; they are
 *  returned, to be held against those in the log. */
import { type InputRecord, type PartitionTask } from '#kafka';
import { readingsTask } from '../../apps/ingest/src/readings.task.js';
import type { StreamDefinition } from '#contracts';
import { type DefinitionChange, pumpGiven, written } from './given-log.js';
import type { LoggedRecord } from './same-log.js';
import { withProcess } from './with-process.js';

/** What an undisturbed run writes. */
export interface IngestTwin {
  /** `frames` and `readings.dead`, by partition. */
  readonly log: ReadonlyMap<string, readonly (readonly LoggedRecord[])[]>;
  /** Forwarded readings, by home partition and, in it, by the partition that they came from. */
  readonly forwarded: ReadonlyMap<string, readonly (readonly LoggedRecord[])[]>;
  readonly counts: Readonly<Record<string, number>>;
}

const OUTPUTS = ['frames', 'readings.dead'] as const;
const FORWARDED = 'rollcast.forwarded';
/** Where the twin's own forwarded readings go: a topic that nobody reads. */
const PUT_ASIDE = 'put aside';

/** @param readings by partition, in order
 *  @param changes of the definitions, if any */
export async function ingestTwin(
  readings: readonly (readonly InputRecord[])[],
  definitions: readonly StreamDefinition[],
  changes: readonly DefinitionChange[] = [],
): Promise<IngestTwin> {
  const { log, counts } = await pumpGiven(
    { topic: 'readings', records: readings, definitions, changes },
    (source) => puttingAside(readingsTask({ definitions: source })),
  );
  return {
    log: new Map(OUTPUTS.map((topic) => [topic, written(log, topic)])),
    forwarded: bySource(written(log, PUT_ASIDE)),
    counts,
  };
}

/** Forwarded readings of a log, in the same form as the twin's. */
export function forwardedIn(
  readings: readonly (readonly InputRecord[])[],
): ReadonlyMap<string, readonly (readonly LoggedRecord[])[]> {
  return bySource(readings.map((records) => records.filter(({ headers }) => FORWARDED in headers)));
}

/** Two sources meet in a home partition in any order; the records of one source keep theirs. */
function bySource(
  homes: readonly (readonly LoggedRecord[])[],
): ReadonlyMap<string, readonly (readonly LoggedRecord[])[]> {
  const sourceOf = ({ headers }: LoggedRecord) => Number(headers[FORWARDED]?.toString().split('/')[1]);
  return new Map(
    homes.map((records, home) => [
      `forwarded to ${home}`,
      homes.map((_, source) => records.filter((record) => sourceOf(record) === source)),
    ]),
  );
}

function puttingAside(task: PartitionTask): PartitionTask {
  return withProcess(task, async (own, batch) => {
    const output = await own(batch);
    const records = output.records.map((record) =>
      record.topic === task.inputTopic ? { ...record, topic: PUT_ASIDE } : record,
    );
    return { ...output, records };
  });
}
