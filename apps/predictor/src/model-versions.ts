/** @file Model versions as the predictor sees them: the topic `models` in memory, artifacts from the store.
 *
 *  Law: one loaded model serves every partition of a stream; it is freed when the last of them lets go. A record of the
 *  topic that cannot be read is told to `onUnreadable` once and stops nothing. */
import {
  COLD_START_VERSION,
  describeError,
  type RefusalRecord,
  RollcastError,
  type StreamDefinition,
  type SwitchRecord,
  type VersionRecord,
} from '#contracts';
import type { Executor } from '#compute';
import { coldStart, loadVersion, type ServingModel } from '#engine';
import { readModelRecord } from '#kafka';
import type { ModelStore } from '#model-store';
import { within } from '#platform';
import { fingerprintOf } from './series-record.js';
import type { Announced, VersionSource, Withdrawal } from './version-source.js';

export interface ModelVersionsParts {
  readonly store: Pick<ModelStore, 'read'>;
  /** A store that hangs counts as one that does not answer; default a minute. */
  readonly loadWithinMs?: number;
  readonly executor: Executor;
  readonly onUnreadable: (key: string, problem: string) => void;
  /** Told once of a version that is wanted and waits for the store, until it has come. */
  readonly onWaiting: (stream: string, version: string, problem: string) => void;
  /** Of the table that hands its records to `take`. */
  readonly catchUp: (signal?: AbortSignal) => Promise<void>;
}

const LOAD_WITHIN_MS = 60_000;

interface Shared {
  readonly model: Promise<ServingModel>;
  holders: number;
}

export class ModelVersions implements VersionSource {
  private readonly champions = new Map<string, Announced>();
  private readonly listeners = new Set<(stream: string) => void>();
  private readonly records = new Map<string, VersionRecord>();
  /** `stream/partition` -> by ascending frame offset. */
  private readonly fixed = new Map<string, SwitchRecord[]>();
  /** By their keys. */
  private readonly refused = new Map<string, RefusalRecord>();
  /** `stream/partition` -> in the order of their finding. */
  private readonly withdrawn = new Map<string, Withdrawal[]>();
  private readonly loaded = new Map<string, Shared>();
  /** `stream/version` that wait for the store. */
  private readonly waiting = new Set<string>();

  constructor(private readonly parts: ModelVersionsParts) {}

  /** Takes a record of the topic as it comes; for `CompactedTable.onChange`. */
  take(key: string, value: Buffer | null): void {
    // Versions are never withdrawn by a tombstone, only by another champion.
    if (value === null) return;
    const record = readModelRecord(key, value);
    if (typeof record === 'string') return this.parts.onUnreadable(key, record);
    switch (record.type) {
      case 'version':
        this.records.set(`${record.stream}/${record.version}`, record);
        break;
      case 'champion':
        this.champions.set(record.stream, { version: record.version, at: record.createdAt });
        for (const listener of this.listeners) listener(record.stream);
        break;
      case 'switch':
        this.fix(record);
        break;
      case 'refusal':
        this.refused.set(key, record);
        break;
    }
  }

  champion(stream: string): Announced | null {
    return this.champions.get(stream) ?? null;
  }

  onAnnounced(listener: (stream: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  switches(stream: string, partition: number): readonly SwitchRecord[] {
    return this.fixed.get(placeOf({ stream, partition })) ?? [];
  }

  withdraw(withdrawal: Withdrawal): void {
    const place = placeOf(withdrawal.instead);
    this.withdrawn.set(place, [...(this.withdrawn.get(place) ?? []), withdrawal]);
    this.fix(withdrawal.instead);
  }

  refusals(stream: string, partition: number): readonly RefusalRecord[] {
    const found = this.withdrawals(stream, partition).map(({ refusal }) => refusal);
    const said = [...this.refused.values()].filter(
      (one) => one.stream === stream && one.partition === partition,
    );
    return [...found, ...said];
  }

  withdrawals(stream: string, partition: number): readonly Withdrawal[] {
    return this.withdrawn.get(placeOf({ stream, partition })) ?? [];
  }

  catchUp(signal?: AbortSignal): Promise<void> {
    return this.parts.catchUp(signal);
  }

  async load(definition: StreamDefinition, version: string): Promise<ServingModel> {
    if (version === COLD_START_VERSION) return coldStart(definition);
    const key = `${version} ${fingerprintOf(definition)}`;
    let shared = this.loaded.get(key);
    if (shared === undefined) {
      shared = { model: this.read(definition, version), holders: 0 };
      this.loaded.set(key, shared);
    }
    const held = shared;
    held.holders += 1;
    try {
      const model = await held.model;
      let free = false;
      const release = async () => {
        if (free) return;
        free = true;
        await this.letGo(key, held);
      };
      return { ...model, release };
    } catch (error) {
      held.holders -= 1;
      if (this.loaded.get(key) === held) this.loaded.delete(key);
      throw error;
    }
  }

  private async read(definition: StreamDefinition, version: string): Promise<ServingModel> {
    const { stream } = definition;
    const name = `${stream}/${version}`;
    const record = this.records.get(name);
    if (record === undefined) throw new RollcastError('NO_SUCH_VERSION', { version, stream });
    const { store, onWaiting, loadWithinMs = LOAD_WITHIN_MS } = this.parts;
    const reading = store.read(record.artifact);
    const stored = await within(loadWithinMs, reading, () => {
      const problem = `no answer within ${loadWithinMs} ms`;
      throw new RollcastError('STORE_UNAVAILABLE', { artifact: record.artifact.name, problem });
    }).catch((error: unknown) => {
      const waits = error instanceof RollcastError && error.fate === 'retry';
      if (waits && !this.waiting.has(name)) onWaiting(stream, version, describeError(error));
      if (waits) this.waiting.add(name);
      throw error;
    });
    this.waiting.delete(name);
    return loadVersion(stored, version, definition, this.parts.executor);
  }

  private async letGo(key: string, shared: Shared): Promise<void> {
    shared.holders -= 1;
    if (shared.holders > 0) return;
    if (this.loaded.get(key) === shared) this.loaded.delete(key);
    const model = await shared.model;
    await model.release?.();
  }

  private fix(record: SwitchRecord): void {
    const place = placeOf(record);
    const switches = this.fixed.get(place) ?? [];
    const offset = BigInt(record.frameOffset);
    // They come in the order of the log, mostly: the place is looked for from the end.
    const before = switches.findLastIndex(({ frameOffset }) => BigInt(frameOffset) <= offset);
    const same = switches[before]?.frameOffset === record.frameOffset;
    switches.splice(same ? before : before + 1, same ? 1 : 0, record);
    this.fixed.set(place, switches);
  }
}

function placeOf({ stream, partition }: Pick<SwitchRecord, 'stream' | 'partition'>): string {
  return `${stream}/${partition}`;
}
