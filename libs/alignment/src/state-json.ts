/** @file A series' state as JSON: what a changelog keeps.
 *
 *  Law: `stateFromJson(JSON.parse(JSON.stringify(stateToJson(s))))` is `s`, and equal states give equal text.
 *  It refuses anything that it would not have written: a broken changelog must be noticed, never guessed at. */
import { RollcastError, stepBegin } from '#contracts';
import type { OpenStep, SeriesState, TimedValues } from './open-steps.js';
import { type AlignmentRules, gridOf } from './rules.js';

/** Milliseconds since the begin of the step, and the values by the index of their channel; what was not sent has no
 *  entry. Keys like numbers come in their order. A dense step has thousands of these: the text is kept short. */
type TimedValuesJson = readonly [sinceBegin: number, values: Readonly<Record<string, number | null>>];

interface OpenStepJson {
  readonly step: number;
  readonly readings: readonly TimedValuesJson[];
}

export interface SeriesStateJson {
  readonly grid: string;
  readonly watermark: number;
  readonly open: readonly OpenStepJson[];
}

type Grid = Pick<AlignmentRules, 'frequency'>;

export function stateToJson(state: SeriesState): SeriesStateJson {
  const grid = gridOf(state.fingerprint);
  return {
    grid: state.fingerprint,
    watermark: state.watermark,
    open: state.open.map(({ index, readings }) => ({
      step: index,
      readings: readings.map((timed) => timedToJson(grid, index, timed)),
    })),
  };
}

/** Bytes of an open step in the text of the state, with the comma behind it: all of it is ASCII. */
export function stepBytes(grid: Grid, index: number, readings: readonly TimedValues[]): number {
  const empty: OpenStepJson = { step: index, readings: [] };
  return readings.reduce(
    (bytes, timed) => bytes + readingBytes(grid, index, timed),
    JSON.stringify(empty).length,
  );
}

/** What a reading adds to the bytes of its step. */
export function readingBytes(grid: Grid, index: number, timed: TimedValues): number {
  return JSON.stringify(timedToJson(grid, index, timed)).length + 1;
}

function timedToJson({ frequency }: Grid, index: number, { time, values }: TimedValues): TimedValuesJson {
  return [time - stepBegin(index, frequency), Object.fromEntries(present(values))];
}

function present(values: TimedValues['values']): [string, number | null][] {
  return values.flatMap((value, index): [string, number | null][] =>
    value === undefined ? [] : [[String(index), value]],
  );
}

/** @throws INTERNAL naming what is wrong */
export function stateFromJson(json: unknown): SeriesState {
  const { grid, watermark, open } = record(json, 'state');
  if (typeof grid !== 'string') throw broken('grid is not a text');
  const { frequency, channels } = gridOf(grid);
  const steps = list(open, 'open').map((step) => readStep(step, { frequency, channels: channels.length }));
  ascending(
    steps.map((step) => step.index),
    'steps',
  );
  return { fingerprint: grid, watermark: integer(watermark, 'watermark'), open: steps };
}

interface StoredGrid extends Grid {
  /** How many. */
  readonly channels: number;
}

function readStep(json: unknown, grid: StoredGrid): OpenStep {
  const { step, readings } = record(json, 'step');
  const index = integer(step, 'step');
  const timed = list(readings, 'readings').map((reading) => readTimed(reading, index, grid));
  ascending(
    timed.map((reading) => reading.time),
    'times',
  );
  return { index, readings: timed, bytes: stepBytes(grid, index, timed) };
}

function readTimed(json: unknown, index: number, { frequency, channels }: StoredGrid): TimedValues {
  const [sinceBegin, values] = list(json, 'reading');
  const since = integer(sinceBegin, 'time');
  if (since < 0 || since >= frequency) throw broken(`a time lies outside of step ${index}`);
  const observed: (number | null | undefined)[] = Array.from({ length: channels }, () => undefined);
  for (const [key, value] of Object.entries(record(values, 'values'))) {
    const channel = Number(key);
    if (!Number.isInteger(channel) || channel < 0 || channel >= channels) throw broken(`no channel ${key}`);
    if (value !== null && typeof value !== 'number') throw broken(`a value of channel ${key} is no number`);
    observed[channel] = value;
  }
  return { time: stepBegin(index, frequency) + since, values: observed };
}

function record(json: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw broken(`${what} is not an object`);
}

function list(json: unknown, what: string): readonly unknown[] {
  if (Array.isArray(json)) return json as unknown[];
  throw broken(`${what} is not a list`);
}

function integer(json: unknown, what: string): number {
  if (Number.isSafeInteger(json)) return json as number;
  throw broken(`${what} is not a whole number`);
}

function ascending(numbers: readonly number[], what: string): void {
  const wrong = numbers.findIndex((number, at) => at > 0 && number <= (numbers[at - 1] as number));
  if (wrong > 0) throw broken(`${what} do not ascend`);
}

function broken(problem: string): RollcastError {
  return new RollcastError('INTERNAL', { problem: `a stored series state cannot be read: ${problem}` });
}
