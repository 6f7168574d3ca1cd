/** @file What every forecaster must keep, as claims that a spec runs:
 *
 *      test.each(forecasterContract({ make, independentChannels: true }))('$title', ({ check }) => check());
 *
 *  Law: a claim compares bits, never within a tolerance, and rejects with what differed and where. The suite knows no
 *  test framework, so any library's spec may import it; its own spec shows it forecasters that break each claim. */
import type { Forecaster, Paths, SeriesStep } from '../forecaster.js';
import { normals, uniforms } from './random.js';

export interface ContractSubject<State> {
  /** A new one for each claim; two of them must agree. */
  readonly make: () => Forecaster<State> | Promise<Forecaster<State>>;
  /** False where the kind lets channels speak to each other (CMamba). */
  readonly independentChannels: boolean;
}

export interface Claim {
  readonly title: string;
  /** Rejects where the claim does not hold. */
  readonly check: () => Promise<void>;
}

/** A grid step of a made-up series. */
interface Row {
  readonly gridIndex: number;
  readonly values: Float64Array;
}

export function forecasterContract<State>({ make, independentChannels }: ContractSubject<State>): Claim[] {
  const claim = (title: string, body: (forecaster: Forecaster<State>) => Promise<void>): Claim => ({
    title,
    check: async () => body(await make()),
  });
  const claims = [
    claim('forecasts from its warm-up on and not before', async (forecaster) => {
      const { channels, horizon, warmUp, context } = forecaster;
      expect(warmUp >= 1 && warmUp <= context, `a warm-up of ${warmUp} in a context of ${context}`);
      const whole = history(forecaster, warmUp + 20, 1);
      for (const rows of [whole, thin(whole)]) {
        const begin = (rows[0] as Row).gridIndex;
        const paths = await run(forecaster, rows);
        rows.forEach(({ gridIndex }, index) => {
          const lived = gridIndex - begin + 1;
          const path = paths[index] ?? null;
          expect((path !== null) === lived >= warmUp, `a series that has lived ${lived} of ${warmUp} steps`);
          if (path === null) return;
          const lengths = [path.point.length, path.deviation?.length ?? channels * horizon];
          expect(
            lengths.every((length) => length === channels * horizon),
            `paths of ${lengths.join(' and ')} numbers`,
          );
        });
      }
    }),
    claim('is a pure function of its last `context` grid steps', async (forecaster) => {
      const { context } = forecaster;
      for (const [seed, shift] of [
        [3, 0],
        [4, 7],
        [5, Math.ceil(context / 2)],
      ] as const) {
        const end = 30 * context + shift;
        const common = history(forecaster, context, seed, end - context);
        // What came before differs in values and in length; the third has nothing before at all.
        const long = history(forecaster, context + 13, seed + 100, end - 2 * context - 13);
        const short = history(forecaster, 5, seed + 200, end - context - 5);
        const [a, b, c] = [
          last(await run(forecaster, [...long, ...common], 1)),
          last(await run(forecaster, [...short, ...common], 1)),
          last(await run(forecaster, common, 1)),
        ];
        same(a, b, 'two histories that agree on the context');
        same(a, c, 'a replay of the context alone');
      }
    }),
    claim('steps over a gap as over unobserved steps, one by one', async (forecaster) => {
      const { context, channels } = forecaster;
      const nothing = () => new Float64Array(channels).fill(NaN);
      const gaps = [1, 2, Math.ceil(context / 2), context - 1, context, context + 1, 2 * context + 3];
      for (const gap of gaps) {
        const before = history(forecaster, context + 3, gap, 500);
        const observed = history(forecaster, 2, gap + 50, 500 + context + 3 + gap);
        const between = Array.from({ length: gap }, (_, step) => ({
          gridIndex: 500 + context + 3 + step,
          values: nothing(),
        }));
        // With nothing observed after the gap either, only its length tells what is left of what came before.
        const unobserved = observed.map(({ gridIndex }) => ({ gridIndex, values: nothing() }));
        for (const after of [observed, unobserved]) {
          const leap = await run(forecaster, [...before, ...after], 2);
          const walk = await run(forecaster, [...before, ...between, ...after], 2);
          same(last(leap), last(walk), `a gap of ${gap} steps`);
        }
      }
    }),
    claim('gives a series the same whatever else is in the call', async (forecaster) => {
      const length = forecaster.warmUp + 6;
      const series = [11, 12, 13, 14, 15].map((seed) => history(forecaster, length, seed, 40 * seed));
      const alone: (Paths | null)[][] = [];
      for (const rows of series) alone.push(await run(forecaster, rows, 4));
      const orders = [
        [0, 1, 2, 3, 4],
        [4, 2, 0],
        [3, 1],
      ];
      for (const order of orders) {
        const together = await runTogether(
          forecaster,
          order.map((index) => series[index] as Row[]),
          4,
        );
        order.forEach((index, place) => {
          for (let step = 0; step < length; step++) {
            same(alone[index]?.[step], together[place]?.[step], `series ${index} among ${order.join(', ')}`);
          }
        });
      }
    }),
    claim('forecasts the same whether or not it was asked before', async (forecaster) => {
      const rows = history(forecaster, forecaster.warmUp + 9, 21);
      same(last(await run(forecaster, rows)), last(await run(forecaster, rows, 1)), 'the last forecast');
      same(last(await run(forecaster, rows, 1)), last(await run(await make(), rows, 1)), 'another instance');
    }),
    claim('leaves what it is given as it was', async (forecaster) => {
      const rows = history(forecaster, forecaster.warmUp + 2, 22);
      const copies = rows.map(({ values }) => values.slice());
      await run(forecaster, rows);
      rows.forEach(({ values }, index) => {
        expect(sameBits(values, copies[index] as Float64Array), `the values of step ${index} were changed`);
      });
    }),
    claim('is finite whatever it sees', async (forecaster) => {
      for (const [name, rows] of hardHistories(forecaster)) {
        for (const path of await run(forecaster, rows)) {
          if (path === null) continue;
          expect(path.point.every(Number.isFinite), `a point that is not finite: ${name}`);
          expect(path.deviation?.every(Number.isFinite) ?? true, `a deviation that is not finite: ${name}`);
          expect(path.deviation?.every((value) => value >= 0) ?? true, `a deviation below zero: ${name}`);
        }
      }
    }),
  ];
  if (!independentChannels) return claims;
  return [
    ...claims,
    claim('forecasts a channel the same whatever the others do', async (forecaster) => {
      const { channels, horizon, warmUp } = forecaster;
      const rows = history(forecaster, warmUp + 12, 31);
      for (let kept = 0; kept < channels; kept++) {
        const uniform = uniforms(kept);
        const others = rows.map(({ gridIndex, values }) => ({
          gridIndex,
          values: values.map((value, channel) =>
            channel === kept ? value : uniform() < 0.5 ? NaN : 100 * uniform(),
          ),
        }));
        const [from, to] = [kept * horizon, (kept + 1) * horizon];
        const part = (paths: Paths | null): Paths | null =>
          paths && {
            point: paths.point.subarray(from, to),
            deviation: paths.deviation?.subarray(from, to) ?? null,
          };
        same(
          part(last(await run(forecaster, rows, 1))),
          part(last(await run(forecaster, others, 1))),
          `channel ${kept} beside others`,
        );
      }
    }),
  ];
}

/** A made-up series: a wave, a walk and noise; every ninth value or so was not observed, now and then no value. */
function history({ channels }: Forecaster, length: number, seed: number, from = 1_000): Row[] {
  const normal = normals(seed);
  const uniform = uniforms(seed + 1);
  const walk = new Float64Array(channels);
  return Array.from({ length }, (_, step) => ({
    gridIndex: from + step,
    values: Float64Array.from({ length: channels }, (_, channel) => {
      walk[channel] = (walk[channel] as number) + 0.3 * normal();
      const wave = 5 * Math.sin((from + step) / (4 + channel));
      const value = 20 * channel + wave + walk[channel] + 0.1 * normal();
      return uniform() < 0.11 || step % 17 === 5 ? NaN : value;
    }),
  }));
}

/** Leaves out two steps of every five, as if no frame had come; the first stays. */
function thin(rows: Row[]): Row[] {
  return rows.filter((_, index) => index === 0 || index % 5 >= 2);
}

function hardHistories(forecaster: Forecaster): [string, Row[]][] {
  const length = forecaster.warmUp + Math.min(forecaster.context, 150);
  const rows = (value: (step: number, channel: number) => number): Row[] =>
    Array.from({ length }, (_, step) => ({
      gridIndex: step,
      values: Float64Array.from({ length: forecaster.channels }, (_, channel) => value(step, channel)),
    }));
  const uniform = uniforms(99);
  return [
    ['never observed', rows(() => NaN)],
    ['one observation', rows((step) => (step === 3 ? 7 : NaN))],
    ['zero', rows(() => 0)],
    ['constant', rows((_, channel) => 1e6 + channel)],
    ['constant, then a spike', rows((step) => (step === length - 5 ? 1e9 : 1))],
    ['huge', rows(() => (uniform() - 0.5) * 1e15)],
    ['tiny', rows(() => (uniform() - 0.5) * 1e-15)],
    ['growing by the power', rows((step) => 1.05 ** step)],
    ['rarely observed', rows(() => (uniform() < 0.03 ? uniform() : NaN))],
  ];
}

/** Paths of every row, from nothing on. @param wanted ask for the last so many only; left out: for all. */
async function run<State>(
  forecaster: Forecaster<State>,
  rows: readonly Row[],
  wanted = rows.length,
): Promise<(Paths | null)[]> {
  const [paths] = await runTogether(forecaster, [rows], wanted);
  return paths as (Paths | null)[];
}

/** Several series of the same length, step by step in the same calls. */
async function runTogether<State>(
  forecaster: Forecaster<State>,
  series: readonly (readonly Row[])[],
  wanted: number,
): Promise<(Paths | null)[][]> {
  const length = series[0]?.length ?? 0;
  const states: (State | null)[] = series.map(() => null);
  const paths: (Paths | null)[][] = series.map(() => []);
  for (let index = 0; index < length; index++) {
    const steps = series.map((rows, place): SeriesStep<State> => {
      const { gridIndex, values } = rows[index] as Row;
      return { state: states[place] ?? null, gridIndex, values, wanted: index >= length - wanted };
    });
    const results = await forecaster.advance(steps);
    expect(results.length === steps.length, `${results.length} results of ${steps.length} steps`);
    results.forEach((result, place) => {
      states[place] = result.state;
      paths[place]?.push(result.paths);
    });
  }
  return paths;
}

function last(paths: readonly (Paths | null)[]): Paths | null {
  return paths.at(-1) ?? null;
}

function same(a: Paths | null = null, b: Paths | null = null, what: string): void {
  if (a === null || b === null) {
    expect(a === b, `${what}: one forecast is missing`);
    return;
  }
  const differs = (x: Float64Array, y: Float64Array) => x.findIndex((value, at) => !Object.is(value, y[at]));
  const point = differs(a.point, b.point);
  expect(point < 0, `${what}: point ${point} is ${a.point[point]} and ${b.point[point]}`);
  expect((a.deviation === null) === (b.deviation === null), `${what}: one has no deviation`);
  if (a.deviation === null || b.deviation === null) return;
  const deviation = differs(a.deviation, b.deviation);
  expect(
    deviation < 0,
    `${what}: deviation ${deviation} is ${a.deviation[deviation]} and ${b.deviation[deviation]}`,
  );
}

function sameBits(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, at) => Object.is(value, b[at]));
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the contract of a forecaster is broken: ${what}`);
}
