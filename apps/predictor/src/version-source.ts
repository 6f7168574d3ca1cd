/** @file What a partition must know of model versions: who should serve, which switches the log has fixed, how to load.
 *  Met by `ModelVersions` over the topic `models` and the model store; by a plain object in tests. */
import type { StreamDefinition, SwitchRecord } from '#contracts';
import type { ServingModel } from '#engine';

/** The champion of a stream as it was announced. */
export interface Announced {
  readonly version: string;
  /** When it was announced: announcing a refused version again means to try it again. */
  readonly at: string;
}

export interface VersionSource {
  /** null: nothing was announced; the cold start serves. */
  champion(stream: string): Announced | null;
  /** Switches of one partition that the log holds, by ascending frame offset. */
  switches(stream: string, partition: number): readonly SwitchRecord[];
  /** Resolves when every record that was committed to `models` before the call is known here.
   *  @param signal aborted when nobody waits any more: the promise then rejects */
  catchUp(signal?: AbortSignal): Promise<void>;
  /** @throws VERSION_REFUSED, ARTIFACT_BROKEN, NO_SUCH_VERSION */
  load(definition: StreamDefinition, version: string): Promise<ServingModel>;
}
