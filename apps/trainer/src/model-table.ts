/** @file The topic `models` as records, and the one way by which this service adds to it.
 *
 *  Law: `announce` settles when the record is acknowledged and stands in the table (the sink's law): who asks next sees
 *  it, in this process and in every other. */
import { type ChampionRecord, type ModelRecord, modelRecordKey, type VersionRecord } from '#contracts';
import { type BytesTable, readModelRecord, type RecordSink, RecordTable } from '#kafka';
import type { ChampionAnnouncer, ModelRecords } from './wiring.js';

const TOPIC = 'models';

export class ModelTable implements ModelRecords, ChampionAnnouncer {
  readonly #records: RecordTable<ModelRecord>;
  readonly #sender: RecordSink;

  /** @param sender one that writes through to the table */
  constructor(
    table: BytesTable,
    sender: RecordSink,
    onRefused: (key: string, problem: string) => void = () => undefined,
  ) {
    this.#records = new RecordTable(table, readModelRecord, onRefused);
    this.#sender = sender;
  }

  records(stream: string): Iterable<ModelRecord> {
    return this.#records.all(`${stream}/`);
  }

  /** What should serve; null: nothing but the cold start. */
  champion(stream: string): ChampionRecord | null {
    for (const record of this.records(stream)) if (record.type === 'champion') return record;
    return null;
  }

  version(stream: string, version: string): VersionRecord | null {
    for (const record of this.records(stream)) {
      if (record.type === 'version' && record.version === version) return record;
    }
    return null;
  }

  /** Settles when everything that was acknowledged before is in the table. */
  catchUp(signal?: AbortSignal): Promise<void> {
    return this.#records.catchUp(signal);
  }

  /** @throws BROKER_UNAVAILABLE, TOPIC_MISSING when they do not pass within the producer's patience */
  async announce(record: ModelRecord): Promise<void> {
    await this.#sender.send([{ topic: TOPIC, key: modelRecordKey(record), value: JSON.stringify(record) }]);
  }
}
