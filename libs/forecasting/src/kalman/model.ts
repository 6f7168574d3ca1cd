/** @file The linear model behind a Kalman filter: what moves how, and what is seen of it.
 *
 *  A structural time series (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, ch. 2 and
 *  4): the value is level + deviation + harmonics + noise, with
 *      level'     = level + damping * trend + noise      trend' = damping * trend + noise
 *      deviation' = persistence * deviation + noise      (it runs back to the level)
 *      harmonic n turns by 2 pi n / season a step, + noise.
 *  Law: the model is data and is made once for a set of rates; the transition is block diagonal, which the filter
 *  uses and `transitionMatrix` writes out for those who do not. */
import type { KalmanRates } from '#contracts';

export const LEVEL = 0;
export const TREND = 1;
export const DEVIATION = 2;
/** Harmonic n stands at `FIRST_HARMONIC + 2 (n - 1)`: the part that is seen, then the part a quarter turn behind. */
export const FIRST_HARMONIC = 3;
const MOST_HARMONICS = 3;

/** Variances at the first observation, in units of the unknown variance: a level is then as good as unknown. */
const LEVEL_PRIOR = 100;
const HARMONIC_PRIOR = 20;

export interface KalmanModel {
  readonly rates: KalmanRates;
  readonly harmonics: number;
  /** Length of the state. */
  readonly size: number;
  /** `[harmonics]` of the turn a step. */
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
  /** `[size]` variance that a step adds. */
  readonly noise: Float64Array;
  /** `[size]` variance before the first observation. */
  readonly prior: Float64Array;
  /** `[horizon, size]`: the forecast of lead `k` is row `k - 1` times the state. */
  readonly seen: Float64Array;
  /** `[horizon]`: variance that the steps up to lead `k` and its observation add to that of the state. */
  readonly added: Float64Array;
}

export function kalmanModel(rates: KalmanRates, season: number | null, horizon: number): KalmanModel {
  const harmonics = season === null ? 0 : Math.min(MOST_HARMONICS, Math.floor(season / 2));
  const size = FIRST_HARMONIC + 2 * harmonics;
  const noise = new Float64Array(size);
  noise[LEVEL] = rates.level;
  noise[TREND] = rates.trend;
  noise[DEVIATION] = rates.deviation;
  const prior = new Float64Array(size);
  prior[LEVEL] = LEVEL_PRIOR;
  // Stationary; a trend as wide as it may become.
  prior[TREND] = rates.trend / (1 - rates.damping ** 2);
  prior[DEVIATION] = rates.deviation / (1 - rates.persistence ** 2);
  const cosine = new Float64Array(harmonics);
  const sine = new Float64Array(harmonics);
  for (let n = 1; n <= harmonics; n++) {
    const turn = (2 * Math.PI * n) / (season as number);
    cosine[n - 1] = Math.cos(turn);
    sine[n - 1] = Math.sin(turn);
    const at = FIRST_HARMONIC + 2 * (n - 1);
    noise[at] = noise[at + 1] = rates.season / n ** 2;
    prior[at] = prior[at + 1] = HARMONIC_PRIOR;
  }
  const moving = { rates, harmonics, size, cosine, sine, noise, prior };
  return { ...moving, ...overLeads(moving, horizon) };
}

type Moving = Omit<KalmanModel, 'seen' | 'added'>;

/** `[size, size]`: the state a step later is this times the state. */
export function transitionMatrix({ rates, harmonics, size, cosine, sine }: Moving): Float64Array {
  const matrix = new Float64Array(size * size);
  const set = (row: number, column: number, value: number) => (matrix[row * size + column] = value);
  set(LEVEL, LEVEL, 1);
  set(LEVEL, TREND, rates.damping);
  set(TREND, TREND, rates.damping);
  set(DEVIATION, DEVIATION, rates.persistence);
  for (let n = 0; n < harmonics; n++) {
    const at = FIRST_HARMONIC + 2 * n;
    set(at, at, cosine[n] as number);
    set(at, at + 1, sine[n] as number);
    set(at + 1, at, -(sine[n] as number));
    set(at + 1, at + 1, cosine[n] as number);
  }
  return matrix;
}

/** `[size]`, 1 where a part of the state is seen in the value. */
export function seenNow({ size, harmonics }: Pick<KalmanModel, 'size' | 'harmonics'>): Float64Array {
  const seen = new Float64Array(size);
  seen[LEVEL] = seen[DEVIATION] = 1;
  for (let n = 0; n < harmonics; n++) seen[FIRST_HARMONIC + 2 * n] = 1;
  return seen;
}

function overLeads(moving: Moving, horizon: number): Pick<KalmanModel, 'seen' | 'added'> {
  const { size, noise, rates } = moving;
  const transition = transitionMatrix(moving);
  const seen = new Float64Array(horizon * size);
  const added = new Float64Array(horizon);
  let row = seenNow(moving);
  let variance = rates.observation;
  for (let lead = 1; lead <= horizon; lead++) {
    for (let i = 0; i < size; i++) variance += (row[i] as number) ** 2 * (noise[i] as number);
    added[lead - 1] = variance;
    const next = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        next[j] = (next[j] as number) + (row[i] as number) * (transition[i * size + j] as number);
      }
    }
    seen.set(next, (lead - 1) * size);
    row = next;
  }
  return { seen, added };
}
