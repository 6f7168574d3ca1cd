/** @file What a partition must know of model versions: who should serve, which switches the log has fixed, how to load.
 *  Met by `ModelVersions` over the topic `models` and the model store; by a plain object in tests. */
import { COLD_START_VERSION, type RefusalRecord, type StreamDefinition, type SwitchRecord } from '#contracts';
import type { ServingModel } from '#engine';

/** The champion of a stream as it was announced. */
export interface Announced {
  readonly version: string;
  /** When it was announced: announcing a refused version again means to try it again. */
  readonly at: string;
}

/** Who serves a stream in a partition. */
export interface InForce {
  readonly version: string;
  /** Who serves again if it fails. */
  readonly before: string;
}

export const AT_FIRST: InForce = { version: COLD_START_VERSION, before: COLD_START_VERSION };

/** A version that failed while it served. */
export interface Withdrawal {
  /** Names the announcement that is refused by it (`Announced.at`), unless another version was announced already. */
  readonly refusal: RefusalRecord;
  /** Who serves instead, from the frame on at which it failed. */
  readonly instead: SwitchRecord;
}

export interface VersionSource {
  /** null: nothing was announced; the cold start serves. */
  champion(stream: string): Announced | null;
  /** Tells of every champion as it is announced. @returns ends it */
  onAnnounced(listener: (stream: string) => void): () => void;
  /** Switches of one partition that are fixed, by ascending frame offset. */
  switches(stream: string, partition: number): readonly SwitchRecord[];
  /** Remembers, as long as the process lives, that a version failed: `instead` is among the switches from now on, as if
   *  the log held it. */
  withdraw(withdrawal: Withdrawal): void;
  /** What was refused in one partition: what the log says, and the withdrawals. */
  refusals(stream: string, partition: number): readonly RefusalRecord[];
  /** Those of one partition, in the order of their finding. */
  withdrawals(stream: string, partition: number): readonly Withdrawal[];
  /** Resolves when every record that was committed to `models` before the call is known here.
   *  @param signal aborted when nobody waits any more: the promise then rejects */
  catchUp(signal?: AbortSignal): Promise<void>;
  /** @throws VERSION_REFUSED, ARTIFACT_BROKEN, NO_SUCH_VERSION; STORE_UNAVAILABLE, which says nothing of the version */
  load(definition: StreamDefinition, version: string): Promise<ServingModel>;
}
