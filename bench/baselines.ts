/** @file The forecasters without a network on a file: errors, coverage, time; ridge at every pull.
 *
 *      npm run build && node dist/bench/baselines.js [FILE.csv] [--horizon 24] [--newest STEPS]
 *
 *  The cuts, the loop and the scores are those of a training (`rollcast backtest`); with `--newest` only so many steps
 *  of its training slice teach. Times are of one run on whatever else the machine was doing: read them as ratios. */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { StreamDefinition } from '#contracts';
import { coldStart, judge, type ServingModel, trainingSet } from '#engine';
import {
  fitKalman,
  fitRidge,
  type Forecaster,
  kalmanForecaster,
  lastValueForecaster,
  PULLS,
  ridgeForecaster,
  seasonalNaiveForecaster,
  type TrainingSeries,
} from '#forecasting';
import { alignedHistory } from '../apps/cli/src/replay/aligned-history.js';
import { readCsv } from '../apps/cli/src/replay/csv-replay.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { horizon: { type: 'string', default: '24' }, newest: { type: 'string', default: 'Infinity' } },
});
const csv = await readCsv(positionals[0] ?? 'data/nyc-weather-2013.csv.gz', {
  stream: 'bench',
  definition: { horizon: Number(options.horizon) },
});
const history = alignedHistory(csv);
const set = trainingSet(history);
const training = newest(set.training, set.splits.validation - Number(options.newest));
const seconds = new Map<string, number>();
const models = candidates(csv.definition).map(([version, forecaster]) => serving(version, forecaster));
const judged = await judge({
  history,
  scales: set.scales,
  models,
  coldStart: coldStart(csv.definition),
  calibrateFrom: () => set.splits.validation,
  judgeFrom: () => set.splits.heldBack,
});
print(`${training.reduce((sum, { values }) => sum + (values[0]?.length ?? 0), 0)} steps taught\n`);
for (const { model, score } of judged) {
  const time = ((1e6 * (seconds.get(model.version) ?? NaN)) / history.frames).toFixed(1);
  const { mae, mse, coverage } = score;
  print(
    `${model.version.padEnd(18)} MAE ${mae.toFixed(4)}  MSE ${mse.toFixed(4)}  in 90 % ${coverage.toFixed(3)}  ${time} us a frame\n`,
  );
}

function candidates({ lookback, horizon, season, channels }: StreamDefinition): [string, Forecaster][] {
  const { scales } = set;
  const shape = { lookback, horizon };
  const ridge = (pull?: number): [string, Forecaster] => {
    const fit = timed('ridge', () => fitRidge(training, scales, shape, pull));
    const name = pull === undefined ? `ridge, chosen ${fit.pull}` : `ridge, pull ${pull}`;
    return [name, ridgeForecaster({ ...shape, scales, weights: fit.weights })];
  };
  const kalman = { channels: channels.length, lookback, horizon, season };
  const rates = timed('Kalman', () => fitKalman(training, channels.length, { lookback, horizon, season }));
  return [
    ['last value', lastValueForecaster({ ...shape, mean: scales.mean })],
    ['seasonal naive', seasonalNaiveForecaster({ ...shape, season, mean: scales.mean })],
    ...[undefined, ...PULLS].map(ridge),
    ['kalman, cold', kalmanForecaster(kalman)],
    ['kalman, fitted', kalmanForecaster({ ...kalman, rates, prior: scales })],
  ];
}

/** What lies at a grid index and behind it. */
function newest(series: readonly TrainingSeries[], from: number): TrainingSeries[] {
  return series.map(({ firstGridIndex, values }) => {
    const skipped = Math.max(0, from - firstGridIndex);
    return {
      firstGridIndex: firstGridIndex + skipped,
      values: values.map((column) => column.subarray(skipped)),
    };
  });
}

/** The forecaster, with its seconds counted. */
function serving(version: string, forecaster: Forecaster): ServingModel {
  const advance: Forecaster['advance'] = async (steps) => {
    const begin = performance.now();
    const results = await forecaster.advance(steps);
    seconds.set(version, (seconds.get(version) ?? 0) + (performance.now() - begin) / 1000);
    return results;
  };
  return { kind: forecaster.kind, version, forecaster: { ...forecaster, advance }, intervals: null };
}

function timed<T>(what: string, body: () => T): T {
  const begin = performance.now();
  const result = body();
  print(`fit of ${what}: ${((performance.now() - begin) / 1000).toFixed(2)} s\n`);
  return result;
}

function print(text: string): void {
  process.stdout.write(text);
}
