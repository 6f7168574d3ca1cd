/** @file One reading meets the state of its series: what becomes of it, and which frames it closes.
 *
 *  Law: what a frame holds depends on the readings, not on the order in which they came within the lateness.
 *  Every reading has exactly one outcome. Frames of a series come in strictly increasing time.
 *  It refuses nothing loudly: what cannot be used is said in the result, and the state stays valid. */
import { formatTime, gridIndex, RollcastError } from '#contracts';
import { type AlignedFrame, closeSteps } from './closing.js';
import { mergeObserved } from './duplicates.js';
import {
  type Observed,
  type OpenStep,
  place,
  put,
  type SeriesState,
  type TimedValues,
} from './open-steps.js';
import { implausible } from './ranges.js';
import type { AlignmentRules } from './rules.js';
import { readingBytes, stepBytes } from './state-json.js';
import { advanceWatermark, firstOpenStep } from './watermark.js';

/** Text that the open steps of a state may have: with the names of 64 channels a third of what a Kafka record may.
 *  The whole state is written with every commit that touches the series, so this also bounds what a dense series
 *  costs. A stream that needs more has too long a step for its sensors' pace. */
export const MAX_OPEN_BYTES = 256 * 1024;

/** What became of a reading:
 *  - `accepted`: it says something of an open step (`correction`: something else than before);
 *  - `duplicate`: its time was known with the same values;
 *  - `tick`: no values at all, it only moves the watermark;
 *  - `refused`: each of its known channels was refused; its time moves the watermark all the same;
 *  - `late`: its step is closed;  `unknown`: no channel of it is defined. Both leave the state as it was;
 *  - `crowded`: the open steps hold too much to take it in; its time moves the watermark all the same.
 *  The last three say why. */
export type ReadingOutcome =
  | { readonly kind: 'accepted'; readonly correction: boolean }
  | { readonly kind: 'duplicate' | 'tick' | 'refused' }
  | { readonly kind: 'late' | 'unknown' | 'crowded'; readonly error: RollcastError };

export interface Alignment {
  /** null: the series is still unheard of. */
  readonly state: SeriesState | null;
  /** Closed by this reading, in the order of time. */
  readonly frames: readonly AlignedFrame[];
  readonly outcome: ReadingOutcome;
  /** One a channel whose value cannot be used (NOT_FINITE, OUT_OF_RANGE); the channel counts as not sent. */
  readonly refusals: readonly RollcastError[];
  /** Channels that the stream does not define: dropped. */
  readonly unknownChannels: number;
}

export interface TimedReading {
  /** Milliseconds. */
  readonly time: number;
  readonly values: Readonly<Record<string, number | null>>;
}

/** Takes one reading into the state of its series.
 *  @param state null: the series begins
 *  @throws INTERNAL for a state of another grid, which `endSeries` is for */
export function alignReading(
  rules: AlignmentRules,
  state: SeriesState | null,
  reading: TimedReading,
): Alignment {
  if (state !== null && state.fingerprint !== rules.fingerprint) {
    throw new RollcastError('INTERNAL', { problem: `a state of another grid than that of ${rules.stream}` });
  }
  const { observed, sent, named, refusals } = observe(rules, reading);
  const base = { state, frames: [], refusals, unknownChannels: named - sent - refusals.length };
  const refuse = (kind: 'late' | 'unknown', error: RollcastError): Alignment => ({
    ...base,
    outcome: { kind, error },
  });

  const open = state?.open ?? [];
  if (named > 0 && sent + refusals.length === 0) {
    const channels = Object.keys(reading.values).slice(0, 8).join(', ');
    return refuse('unknown', new RollcastError('UNKNOWN_CHANNEL', { stream: rules.stream, channels }));
  }
  const index = gridIndex(reading.time, rules.frequency);
  if (sent === 0) {
    const kind = named === 0 ? 'tick' : 'refused';
    // Behind the watermark this says nothing: the watermark never moves back.
    return { ...base, ...moved(rules, state, open, reading.time), outcome: { kind } };
  }
  if (state !== null && index < firstOpenStep(state.watermark, rules.frequency)) {
    const [time, watermark] = [formatTime(reading.time), formatTime(state.watermark)];
    return refuse('late', new RollcastError('LATE', { time, watermark }));
  }

  const stepAt = place(open, index, (step) => step.index);
  const step = open[stepAt] ?? { index, readings: [], bytes: stepBytes(rules, index, []) };
  const timeAt = place(step.readings, reading.time, (timed) => timed.time);
  const known = step.readings[timeAt];
  const merged = known
    ? mergeObserved(known.values, observed)
    : { kind: 'addition' as const, values: observed };
  if (merged.kind === 'duplicate') return { ...base, outcome: { kind: 'duplicate' } };
  const timed = { time: reading.time, values: merged.values };
  const bytesOf = (one: TimedValues) => readingBytes(rules, index, one);
  const changed = {
    index,
    readings: put(step.readings, timeAt, timed),
    bytes: step.bytes + bytesOf(timed) - (known ? bytesOf(known) : 0),
  };
  const taken = moved(rules, state, put(open, stepAt, changed), reading.time);
  // Of the steps that stay open: a reading that closes a crowded step makes room itself.
  if (openBytes(taken.state) > MAX_OPEN_BYTES) {
    const details = { time: formatTime(reading.time), limit: MAX_OPEN_BYTES };
    const error = new RollcastError('TOO_DENSE', details);
    // Its time counts all the same, or a crowded series would stand still until somebody sends a tick.
    return { ...base, ...moved(rules, state, open, reading.time), outcome: { kind: 'crowded', error } };
  }
  return { ...base, ...taken, outcome: { kind: 'accepted', correction: merged.kind === 'correction' } };
}

function openBytes({ open }: SeriesState): number {
  return open.reduce((bytes, step) => bytes + step.bytes, 0);
}

/** The state after `time` was seen, and the frames of the steps that this closes. */
function moved(
  rules: AlignmentRules,
  before: SeriesState | null,
  open: readonly OpenStep[],
  time: number,
): { readonly state: SeriesState; readonly frames: readonly AlignedFrame[] } {
  const watermark = advanceWatermark(before?.watermark ?? null, time, rules.lateness);
  const first = firstOpenStep(watermark, rules.frequency);
  const still = open.findIndex((step) => step.index >= first);
  const cut = still < 0 ? open.length : still;
  const frames = closeSteps(rules, open.slice(0, cut));
  return { state: { fingerprint: rules.fingerprint, watermark, open: open.slice(cut) }, frames };
}

/** Sorts the values of a reading: known and plausible, refused, or of no channel of ours. */
function observe(rules: AlignmentRules, reading: TimedReading) {
  const observed: (number | null | undefined)[] = rules.channels.map(() => undefined);
  const refusals: RollcastError[] = [];
  let [sent, named] = [0, 0];
  for (const [name, value] of Object.entries(reading.values)) {
    named += 1;
    const index = rules.indexOf.get(name);
    const channel = index === undefined ? undefined : rules.channels[index];
    if (index === undefined || channel === undefined) continue;
    const error = value === null ? null : implausible(channel, value);
    if (error !== null) {
      refusals.push(error);
      continue;
    }
    // JSON writes -0 as 0: what is stored and read back must be the same number.
    observed[index] = value === 0 ? 0 : value;
    sent += 1;
  }
  return { observed: observed as Observed, sent, named, refusals };
}
