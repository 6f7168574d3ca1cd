/** @file The topic `models` as records, and the one way by which this service adds to it.
 *
 *  Law: a record that is none (somebody wrote to the topic by hand) is told once and passed over. `announce` settles
 *  when the record is acknowledged and stands in the table: who asks next sees it. */
import {
  type ChampionRecord,
  describeError,
  describeIssues,
  modelRecordKey,
  ModelRecord,
  type VersionRecord,
} from '#contracts';
import type { BytesTable } from '#kafka';
import type { ChampionAnnouncer, ModelRecords } from './wiring.js';

const TOPIC = 'models';

/** The least that is needed of a producer; RecordProducer of `#kafka` has it. */
export interface RecordSender {
  send(
    records: readonly { readonly topic: string; readonly key: string; readonly value: string }[],
  ): Promise<void>;
}

export class ModelTable implements ModelRecords, ChampionAnnouncer {
  readonly #table: BytesTable;
  readonly #sender: RecordSender;
  readonly #onRefused: (key: string, problem: string) => void;
  // By the bytes themselves: a new record is a new buffer.
  readonly #read = new WeakMap<Buffer, ModelRecord | null>();

  constructor(
    table: BytesTable,
    sender: RecordSender,
    onRefused: (key: string, problem: string) => void = () => undefined,
  ) {
    this.#table = table;
    this.#sender = sender;
    this.#onRefused = onRefused;
  }

  *records(stream: string): Iterable<ModelRecord> {
    for (const [key, bytes] of this.#table.entries()) {
      if (!key.startsWith(`${stream}/`)) continue;
      const record = this.#record(key, bytes);
      if (record !== null) yield record;
    }
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
    return this.#table.catchUp(signal);
  }

  /** @throws BROKER_UNAVAILABLE, TOPIC_MISSING when they do not pass within the producer's patience */
  async announce(record: ModelRecord): Promise<void> {
    await this.#sender.send([{ topic: TOPIC, key: modelRecordKey(record), value: JSON.stringify(record) }]);
    await this.#table.catchUp();
  }

  #record(key: string, bytes: Buffer): ModelRecord | null {
    const known = this.#read.get(bytes);
    if (known !== undefined) return known;
    const found = parse(key, bytes);
    if (typeof found === 'string') this.#onRefused(key, found);
    const record = typeof found === 'string' ? null : found;
    this.#read.set(bytes, record);
    return record;
  }
}

/** @returns a text: what is wrong */
function parse(key: string, bytes: Buffer): ModelRecord | string {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (error) {
    return describeError(error);
  }
  const parsed = ModelRecord.safeParse(json);
  if (!parsed.success) return describeIssues(parsed.error);
  return modelRecordKey(parsed.data) === key ? parsed.data : 'its key is that of another record';
}
