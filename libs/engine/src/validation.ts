/** @file The error that selects an epoch: forecasts as served, at every phase between two commits, on the slice behind
 *  the training one.
 *
 *  Origins are cut into chunks that go through the forecaster side by side, each with its own context replayed before:
 *  a forecaster is a pure function of its context, so this equals one long live run, and fills the network's batches. */
import type { Forecaster } from '#forecasting';
import type { ChannelScales } from '#forecasting';
import type { ValidationError } from './epoch-selection.js';
import { endOf, frameAt, type Run, type StreamHistory, valueAt } from './history.js';
import { ModelStates } from './model-states.js';
import type { ObservedFrame } from './observed-frames.js';

/** Origins of a chunk; a multiple of the stride, so that chunks commit in step with each other. */
const CHUNK = 64;
/** Chunks at most, spread evenly: some thousand origins tell epochs apart. */
const MOST_CHUNKS = 64;

interface Chunk {
  /** Among those that are taken. */
  readonly place: number;
  readonly run: Run;
  readonly from: number;
  readonly to: number;
}

/** Mean absolute error on the standardised scale over origins in `[from, to - horizon)`: first over the truths of a
 *  channel, then over channels. Its parts are the chunks', always the same ones in the same order.
 *  @returns null: no forecast meets a truth */
export async function validationError(
  forecaster: Forecaster,
  history: StreamHistory,
  scales: ChannelScales,
  from: number,
  to: number,
): Promise<ValidationError | null> {
  const { horizon, maxGap } = history.definition;
  const chunks = chunksOf(history, from, to - horizon);
  const states = new ModelStates(
    { kind: forecaster.kind, version: 'candidate', forecaster, intervals: null },
    maxGap,
  );
  const channels = scales.mean.length;
  /** `[chunks, channels]` */
  const sums = new Float64Array(chunks.length * channels);
  const counts = new Float64Array(channels);
  for (let offset = -forecaster.context; offset < CHUNK; offset++) {
    const frames: (ObservedFrame & { readonly chunk: Chunk })[] = [];
    for (const chunk of chunks) {
      const gridIndex = chunk.from + offset;
      const values = gridIndex < chunk.to ? frameAt(chunk.run, gridIndex) : null;
      if (values !== null) frames.push({ series: String(chunk.place), gridIndex, values, chunk });
    }
    const paths = await states.advance(frames, () => offset >= 0);
    frames.forEach(({ chunk, gridIndex }, index) => {
      const point = paths[index]?.point;
      if (point === undefined) return;
      for (let at = 0; at < point.length; at++) {
        const channel = Math.floor(at / horizon);
        const truth = valueAt(chunk.run, channel, gridIndex + (at % horizon) + 1);
        if (Number.isNaN(truth)) continue;
        const error = Math.abs(truth - (point[at] as number)) / (scales.deviation[channel] ?? 1);
        const sum = chunk.place * channels + channel;
        sums[sum] = (sums[sum] as number) + error;
        counts[channel] = (counts[channel] as number) + 1;
      }
    });
  }
  const observed = counts.filter((count) => count > 0).length;
  if (observed === 0) return null;
  const parts = chunks.map(({ place }) =>
    counts.reduce((part, count, channel) => {
      const sum = sums[place * channels + channel] as number;
      return count > 0 ? part + sum / count / observed : part;
    }, 0),
  );
  return { error: parts.reduce((error, part) => error + part, 0), parts };
}

function chunksOf(history: StreamHistory, from: number, to: number): Chunk[] {
  const chunks: Omit<Chunk, 'place'>[] = [];
  for (const run of history.series.flatMap(({ runs }) => runs)) {
    const first = Math.max(from, run.firstGridIndex);
    const end = Math.min(to, endOf(run));
    // On multiples of the chunk's length, so that all chunks have the same phase.
    for (let begin = Math.ceil(first / CHUNK) * CHUNK - CHUNK; begin < end; begin += CHUNK) {
      if (begin + CHUNK <= first) continue;
      chunks.push({
        run,
        from: Math.max(begin, first),
        to: Math.min(begin + CHUNK, end),
      });
    }
  }
  const taken = Math.min(chunks.length, MOST_CHUNKS);
  return Array.from({ length: taken }, (_, place) => {
    const chunk = chunks[Math.floor((place * chunks.length) / taken)] as (typeof chunks)[number];
    return { ...chunk, place };
  });
}
