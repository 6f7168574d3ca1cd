/** @file The four forecasters without a network on hourly weather: errors, coverage, time.
 *
 *      npm run build && node dist/bench/baselines.js [EWR]
 *
 *  Training is the first 70 % of the year, held back for the intervals' beginning are the next 10 %, judged is every
 *  origin of the last 20 %, horizon 24, lookback 96. Intervals are calibrated live: an error counts when its truth is
 *  there, not before. Times are of one run on whatever else the machine was doing: read them as ratios. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { gunzipSync } from 'node:zlib';
import { judgedLeads } from '#contracts';
import {
  beginCalibration,
  calibrate,
  type ChannelScales,
  ErrorQuantiles,
  ErrorTable,
  fitKalman,
  fitRidge,
  fitScales,
  type Forecaster,
  intervals,
  kalmanForecaster,
  lastValueForecaster,
  ridgeForecaster,
  seasonalNaiveForecaster,
  type TrainingSeries,
} from '#forecasting';

const channels = 6;
const [horizon, lookback, season] = [24, 96, 24];
const leads = judgedLeads(horizon);
const HOUR = 3_600_000;
/** The plausible range of the wind: the file holds one of 1,048 mph. */
const WIND = { channel: 3, most: 200 };

interface Station extends TrainingSeries {
  readonly name: string;
  readonly steps: number;
}

function loadStations(names: readonly string[]): Station[] {
  const text = gunzipSync(readFileSync('data/nyc-weather-2013.csv.gz')).toString('utf8');
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  return names.map((name) => {
    const own = rows.filter((row) => row[0] === name);
    const index = own.map((row) => Date.parse(row[1] as string) / HOUR);
    const first = Math.min(...index);
    const steps = Math.max(...index) - first + 1;
    const values = Array.from({ length: channels }, () => new Float64Array(steps).fill(NaN));
    own.forEach((row, at) => {
      for (let channel = 0; channel < channels; channel++) {
        const cell = row[2 + channel] ?? '';
        const value = cell === '' || cell === 'NA' ? NaN : Number(cell);
        if (channel === WIND.channel && value > WIND.most) continue;
        (values[channel] as Float64Array)[(index[at] as number) - first] = value;
      }
    });
    return { name, firstGridIndex: first, steps, values };
  });
}

function slice(station: Station, from: number, to: number): TrainingSeries {
  return {
    firstGridIndex: station.firstGridIndex + from,
    values: station.values.map((values) => values.subarray(from, to)),
  };
}

function truthAfter(station: Station, origin: number): Float64Array {
  const truth = new Float64Array(channels * horizon);
  for (let channel = 0; channel < channels; channel++) {
    for (let lead = 1; lead <= horizon; lead++) {
      truth[channel * horizon + lead - 1] = station.values[channel]?.[origin + lead] ?? NaN;
    }
  }
  return truth;
}

type Published = Record<'point' | 'lower' | 'upper', Float64Array>;
type Path = { point: Float64Array; deviation: Float64Array | null } | null;

/** Every forecast of a station, and the seconds that they took. */
async function paths(forecaster: Forecaster, station: Station): Promise<{ all: Path[]; seconds: number }> {
  const all: Path[] = [];
  let state: unknown = null;
  const begin = performance.now();
  for (let at = 0; at < station.steps; at++) {
    const values = Float64Array.from(station.values, (column) => column[at] as number);
    const gridIndex = station.firstGridIndex + at;
    const [result] = await forecaster.advance([{ state, gridIndex, values, wanted: true }]);
    state = result?.state;
    all.push(result?.paths ?? null);
  }
  return { all, seconds: (performance.now() - begin) / 1000 };
}

/** Width of the interval, and 20 times the distance of a truth outside of it (Gneiting and Raftery 2007, eq. 43, for
 *  90 %), on the standardised scale: small is sharp and honest. */
function addIntervalScore(
  score: { sum: number; truths: number },
  truth: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  scales: ChannelScales,
): void {
  truth.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    const [low, high] = [lower[at] ?? NaN, upper[at] ?? NaN];
    const outside = Math.max(0, low - value, value - high);
    score.sum += (high - low + 20 * outside) / (scales.deviation[Math.floor(at / horizon)] ?? NaN);
    score.truths++;
  });
}

interface Row {
  readonly kind: string;
  readonly forecaster: Forecaster;
}

async function judge(stations: readonly Station[], { kind, forecaster }: Row, scales: ChannelScales) {
  const naive = seasonalNaiveForecaster({ horizon, lookback, season, mean: scales.mean });
  const table = new ErrorTable(scales, horizon);
  const heldBack = new ErrorQuantiles(channels, horizon, leads);
  const runs: { station: Station; path: Path[]; naivePath: Path[] }[] = [];
  let seconds = 0;
  for (const station of stations) {
    const own = await paths(forecaster, station);
    seconds += own.seconds;
    const { all: naivePath } = await paths(naive, station);
    runs.push({ station, path: own.all, naivePath });
    const [from, to] = [Math.floor(station.steps * 0.7), Math.floor(station.steps * 0.8) - horizon];
    for (let origin = from; origin < to; origin++) {
      const path = own.all[origin];
      if (path) heldBack.add(path.point, truthAfter(station, origin));
    }
  }
  const shape = { channels, horizon, leads };
  const intervalScore = { sum: 0, truths: 0 };
  for (const { station, path, naivePath } of runs) {
    let calibration = beginCalibration(shape, heldBack.offsets());
    const published = new Map<number, Published>();
    const first = station.steps - Math.floor(station.steps * 0.2) - 1;
    for (let origin = first; origin < station.steps - horizon; origin++) {
      const error = new Float64Array(channels * leads.length).fill(NaN);
      const side = new Int8Array(channels * leads.length);
      for (let channel = 0; channel < channels; channel++) {
        leads.forEach((lead, place) => {
          const before = published.get(origin - lead);
          if (before === undefined) return;
          const [at, from] = [channel * leads.length + place, channel * horizon + lead - 1];
          const truth = station.values[channel]?.[origin] ?? NaN;
          error[at] = truth - (before.point[from] ?? NaN);
          side[at] = truth < (before.lower[from] ?? NaN) ? -1 : truth > (before.upper[from] ?? NaN) ? 1 : 0;
        });
      }
      calibration = calibrate(shape, calibration, { error, side });
      const now = path[origin];
      if (!now) continue;
      const { lower, upper } = intervals(calibration, shape, now.point, now.deviation);
      const truth = truthAfter(station, origin);
      addIntervalScore(intervalScore, truth, lower, upper, scales);
      published.set(origin, { point: now.point, lower, upper });
      table.add({ truth, point: now.point, lower, upper, naive: naivePath[origin]?.point ?? null });
    }
  }
  const steps = stations.reduce((sum, station) => sum + station.steps, 0);
  const whole = table.score();
  return {
    kind,
    mse: whole.mse.toFixed(4),
    mae: whole.mae.toFixed(4),
    skill: whole.skill?.toFixed(3),
    coverage: whole.coverage.toFixed(3),
    'interval score': (intervalScore.sum / intervalScore.truths).toFixed(3),
    'by lead': [...leads, 12, 20].map((lead) => table.scoreAt(lead).coverage.toFixed(3)).join(' '),
    'us a step': ((1e6 * seconds) / steps).toFixed(1),
  };
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ['EWR', 'JFK', 'LGA'];
const stations = loadStations(names);
const training = stations.map((station) => slice(station, 0, Math.floor(station.steps * 0.7)));
const scales = fitScales(training, channels);
const timed = <T>(what: string, body: () => T): T => {
  const begin = performance.now();
  const result = body();
  process.stdout.write(`${what}: ${((performance.now() - begin) / 1000).toFixed(2)} s\n`);
  return result;
};
const ridge = timed('fit of ridge', () => fitRidge(training, scales, { lookback, horizon }));
process.stdout.write(`ridge: pull ${ridge.pull} to the weights that all channels share\n`);
const rates = timed('fit of Kalman', () => fitKalman(training, channels, { lookback, horizon, season }));
const { mean } = scales;
const rows: Row[] = [
  { kind: 'last value', forecaster: lastValueForecaster({ horizon, lookback, mean }) },
  {
    kind: 'seasonal naive',
    forecaster: seasonalNaiveForecaster({ horizon, lookback, season, mean }),
  },
  {
    kind: 'ridge',
    forecaster: ridgeForecaster({ lookback, horizon, scales, weights: ridge.weights }),
  },
  { kind: 'kalman, cold', forecaster: kalmanForecaster({ channels, horizon, lookback, season }) },
  {
    kind: 'kalman, fitted',
    forecaster: kalmanForecaster({ channels, horizon, lookback, season, rates, prior: scales }),
  },
];
process.stdout.write(`${names.join(', ')}; coverage by lead ${[...leads, 12, 20].join(', ')}\n`);
for (const row of rows) process.stdout.write(`${JSON.stringify(await judge(stations, row, scales))}\n`);
