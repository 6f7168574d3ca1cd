/** @file A series' state as JSON: what a changelog keeps.
 *
 *  Law: `stateFromJson(JSON.parse(JSON.stringify(stateToJson(s))))` is `s`, and equal states give equal text.
 *  It refuses anything that it would not have written: a broken changelog must be noticed, never guessed at. */
import { RollcastError } from '#contracts';
import type { SeriesState } from './aligner.js';
import type { OpenStep, TimedValues } from './open-steps.js';

/** Values by the index of their channel; what was not sent has no entry. Keys like numbers come in their order. */
interface TimedValuesJson {
  readonly time: number;
  readonly values: Readonly<Record<string, number | null>>;
}

export interface SeriesStateJson {
  readonly grid: string;
  readonly watermark: number;
  readonly open: readonly { readonly step: number; readonly readings: readonly TimedValuesJson[] }[];
}

export function stateToJson(state: SeriesState): SeriesStateJson {
  return {
    grid: state.fingerprint,
    watermark: state.watermark,
    open: state.open.map(({ index, readings }) => ({
      step: index,
      readings: readings.map(({ time, values }) => ({ time, values: Object.fromEntries(present(values)) })),
    })),
  };
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
  const channels = channelsOf(grid);
  const steps = list(open, 'open').map((step) => readStep(step, channels));
  ascending(
    steps.map((step) => step.index),
    'steps',
  );
  return { fingerprint: grid, watermark: integer(watermark, 'watermark'), open: steps };
}

/** Number of channels that a fingerprint names. */
function channelsOf(grid: string): number {
  try {
    return list(JSON.parse(grid), 'grid').length - 1;
  } catch (error) {
    throw broken(`grid ${grid} is none`, error);
  }
}

function readStep(json: unknown, channels: number): OpenStep {
  const { step, readings } = record(json, 'step');
  const timed = list(readings, 'readings').map((reading) => readTimed(reading, channels));
  ascending(
    timed.map((reading) => reading.time),
    'times',
  );
  return { index: integer(step, 'step'), readings: timed };
}

function readTimed(json: unknown, channels: number): TimedValues {
  const { time, values } = record(json, 'reading');
  const observed: (number | null | undefined)[] = Array.from({ length: channels }, () => undefined);
  for (const [key, value] of Object.entries(record(values, 'values'))) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= channels) throw broken(`no channel ${key}`);
    if (value !== null && typeof value !== 'number') throw broken(`a value of channel ${key} is no number`);
    observed[index] = value;
  }
  return { time: integer(time, 'time'), values: observed };
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

function broken(problem: string, cause?: unknown): RollcastError {
  return new RollcastError(
    'INTERNAL',
    { problem: `a stored series state cannot be read: ${problem}` },
    cause,
  );
}
