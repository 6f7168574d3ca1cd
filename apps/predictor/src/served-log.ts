/** @file What a partition reads back of its own log: the frames that states are rebuilt from, and the forecasts that
 *  still wait for their truths.
 *
 *  Law: no state is given a frame that an undisturbed run left out. Records that are no frames, and those that go back
 *  in time, are left out by whoever reads them again; those that were given up as POISON are remembered by offset. */
import {
  type Forecast,
  frameOffset,
  isDeadLetter,
  parseSeriesKey,
  seriesLife,
  type StreamDefinition,
} from '#contracts';
import { onGrid } from '#engine';
import type { InputRecord, SpanReader } from '#kafka';
import type { LoggedFrame } from './logged-frame.js';
import { frameIn } from './parse-frame.js';
import type { StreamServing } from './stream-serving.js';

type StreamFrame = LoggedFrame & { readonly stream: string };

export class ServedLog {
  private readonly poison: Set<bigint>;

  /** @param rejected as `rejected` gave it */
  constructor(
    private readonly spans: SpanReader,
    rejected: readonly string[],
  ) {
    this.poison = new Set(rejected.map(BigInt));
  }

  /** Offsets of frames that no rebuild may hand over: to be kept with the position. */
  get rejected(): readonly string[] {
    return [...this.poison].map(String);
  }

  reject(offset: bigint): void {
    this.poison.add(offset);
  }

  /** Forgets the rejected frames that no rebuild will meet.
   *  @param servings all that there are */
  forgetRejected(servings: readonly StreamServing[]): void {
    const from = least(servings.map((serving) => serving.needsFrom('frames')));
    for (const offset of this.poison) {
      if (from === null || offset < from) this.poison.delete(offset);
    }
  }

  /** Hands over one stream's frames, those in `[from, last]`. */
  readonly framesOf = (
    definition: StreamDefinition,
    from: bigint,
    last: bigint,
    take: (frames: readonly LoggedFrame[]) => Promise<void>,
  ): Promise<void> =>
    this.spans.read({ topic: 'frames', from, last }, (found) =>
      take(this.framesIn(found, (stream) => (stream === definition.stream ? definition : null))),
    );

  /** States from the last frames, pending forecasts from the last forecasts; one reading of each for all streams. */
  async rebuild(servings: readonly StreamServing[], lastServed: bigint | null): Promise<void> {
    const { spans } = this;
    const byStream = new Map(servings.map((serving) => [serving.definition.stream, serving]));
    const frames = least(servings.map((serving) => serving.needsFrom('frames')));
    if (frames !== null && lastServed !== null) {
      await spans.read({ topic: 'frames', from: frames, last: lastServed }, async (found) => {
        const known = this.framesIn(found, (stream) => byStream.get(stream)?.definition ?? null);
        for (const [stream, serving] of byStream)
          await serving.replay(known.filter((frame) => frame.stream === stream));
      });
    }
    const wanted = least(servings.map((serving) => serving.needsFrom('forecasts')));
    if (wanted === null) return;
    // A forecast that retention has taken is not judged any more; nothing else depends on it.
    const { low, end } = await spans.bounds('forecasts');
    const from = wanted < low ? low : wanted;
    if (from >= end) return;
    await spans.read({ topic: 'forecasts', from }, (found) => {
      for (const { key, value, headers } of found) {
        const serving = byStream.get(parseSeriesKey(key?.toString() ?? '')?.stream ?? '');
        const frame = frameOffset(headers);
        if (serving === undefined || value === null || frame === null) continue;
        serving.recall(JSON.parse(value.toString()) as Forecast, frame);
      }
    });
  }

  /** The frames among records whose stream has a definition. */
  private framesIn(
    records: readonly InputRecord[],
    definitionOf: (stream: string) => StreamDefinition | null,
  ): StreamFrame[] {
    const frames: StreamFrame[] = [];
    for (const { key, value, offset, timestamp, headers } of records) {
      // By the key first: parsing is what a replay costs.
      const stream = parseSeriesKey(key?.toString() ?? '')?.stream;
      const definition = stream === undefined ? null : definitionOf(stream);
      if (stream === undefined || definition === null || this.poison.has(offset)) continue;
      try {
        frames.push({
          ...onGrid(frameIn({ key, value }), definition),
          offset,
          now: timestamp,
          life: seriesLife(headers),
          stream,
        });
      } catch (error) {
        if (!isDeadLetter(error)) throw error;
      }
    }
    return frames;
  }
}

function least(offsets: readonly (bigint | null)[]): bigint | null {
  return offsets.reduce(
    (low, offset) => (offset !== null && (low === null || offset < low) ? offset : low),
    null,
  );
}
