/** @file One Kalman filter of one channel, stepped along the grid (Kalman 1960).
 *
 *  Law: nothing exists before the first observation, and from then on the state is a function of the observations
 *  since. A step that was not observed moves the state and teaches nothing. The unknown variance is the running mean
 *  of the squared normalised innovations, so multiplying a channel by a number multiplies its forecasts by it.
 *
 *  Numerics: an update takes a rank-one matrix from the covariance and leaves it exactly symmetric. Without Joseph's
 *  form that is safe here because the observation noise never vanishes, the priors are bounded and no filter lives
 *  long (`kalman-forecaster`); its slow twin in the spec has Joseph's form. */
import { DEVIATION, FIRST_HARMONIC, type KalmanModel, LEVEL, TREND } from './model.js';

/** Innovations that the running variance remembers. */
const MEMORY = 500;
/** Few innovations say little: the variance is widened by so many parts of their number. */
const CAUTION = 8;
/** First guess of a deviation: this share of the first value. It fades with the number of innovations. */
const FIRST_GUESS = 0.1;
/** Squares beyond this would overflow when they are multiplied. */
const LARGEST = 1e280;

/** What is known of a channel before it was ever observed. */
export interface ChannelPrior {
  readonly mean: number;
  readonly deviation: number;
}

export class ChannelFilter {
  /** False until the first observation. */
  private begun = false;
  private readonly state: Float64Array;
  /** `[size, size]`, symmetric, in units of the unknown variance. */
  private readonly covariance: Float64Array;
  private innovations = 0;
  private variance = 0;
  private guess: number;

  constructor(
    private readonly model: KalmanModel,
    private readonly prior: ChannelPrior | null,
  ) {
    this.state = new Float64Array(model.size);
    this.covariance = new Float64Array(model.size * model.size);
    this.guess = prior?.deviation ?? 1;
  }

  /** One grid step. @param value NaN: not observed. */
  step(value: number): void {
    if (this.begun) {
      this.predict();
      if (!Number.isNaN(value)) this.update(value);
    } else if (!Number.isNaN(value)) {
      this.begin(value);
    }
  }

  /** Point of every lead. @param point `[horizon]`. */
  point(point: Float64Array): void {
    if (!this.begun) {
      point.fill(this.prior?.mean ?? 0);
      return;
    }
    const { size, seen } = this.model;
    for (let lead = 0, row = 0; lead < point.length; lead++, row += size) {
      let mean = 0;
      for (let i = 0; i < size; i++) mean += (seen[row + i] as number) * (this.state[i] as number);
      point[lead] = mean;
    }
  }

  /** Deviation of every lead. @param deviation `[horizon]`. */
  deviation(deviation: Float64Array): void {
    if (!this.begun) {
      deviation.fill(this.guess);
      return;
    }
    const { size, seen, added } = this.model;
    const { covariance } = this;
    const widened = this.innovations === 0 ? 0 : this.variance * (1 + CAUTION / this.innovations);
    const guess = (this.guess / (1 + this.innovations)) ** 2;
    for (let lead = 0, row = 0; lead < deviation.length; lead++, row += size) {
      let variance = added[lead] as number;
      for (let i = 0; i < size; i++) {
        const a = seen[row + i] as number;
        let inner = 0.5 * a * (covariance[i * size + i] as number);
        for (let j = 0; j < i; j++) inner += (seen[row + j] as number) * (covariance[i * size + j] as number);
        variance += 2 * a * inner;
      }
      deviation[lead] = Math.sqrt(variance * widened + guess);
    }
  }

  /** Copies for those who look inside: the slow twin of the tests. */
  inspect(): { state: Float64Array; covariance: Float64Array; variance: number } {
    return { state: this.state.slice(), covariance: this.covariance.slice(), variance: this.variance };
  }

  private begin(value: number): void {
    const { size, prior } = this.model;
    this.begun = true;
    this.guess = this.prior?.deviation ?? (FIRST_GUESS * Math.abs(value) || 1);
    this.state[LEVEL] = value;
    for (let i = 0; i < size; i++) this.covariance[i * size + i] = prior[i] as number;
    // The level stands on the observation already; what is left is to be as sure of it as one observation allows.
    this.shrink();
  }

  /** state <- F state, covariance <- F covariance F' + noise, block by block. */
  private predict(): void {
    const { rates, harmonics, size, cosine, sine, noise } = this.model;
    const { state, covariance } = this;
    const { damping, persistence } = rates;
    state[TREND] = damping * (state[TREND] as number);
    state[LEVEL] = (state[LEVEL] as number) + state[TREND];
    state[DEVIATION] = persistence * (state[DEVIATION] as number);
    for (let n = 0, at = FIRST_HARMONIC; n < harmonics; n++, at += 2) {
      turn(state, at, at + 1, cosine[n] as number, sine[n] as number);
    }
    moveAcross(covariance, size, 1, this.model);
    moveAcross(covariance, 1, size, this.model);
    for (let i = 0; i < size; i++) {
      covariance[i * size + i] = (covariance[i * size + i] as number) + (noise[i] as number);
    }
  }

  private update(value: number): void {
    const { size } = this.model;
    let innovation = value - (this.state[LEVEL] as number) - (this.state[DEVIATION] as number);
    for (let i = FIRST_HARMONIC; i < size; i += 2) innovation -= this.state[i] as number;
    const variance = this.shrink();
    for (let i = 0; i < size; i++) {
      this.state[i] = (this.state[i] as number) + ((gain[i] as number) / variance) * innovation;
    }
    this.innovations++;
    const square = Math.min(LARGEST, (innovation * innovation) / variance);
    this.variance += (square - this.variance) / Math.min(this.innovations, MEMORY);
  }

  /** covariance <- covariance - g g' / variance, with g its product with what is seen, left in `gain`.
   *  @returns the variance of the innovation. */
  private shrink(): number {
    const { size, rates } = this.model;
    const { covariance } = this;
    for (let i = 0, row = 0; i < size; i++, row += size) {
      let sum = (covariance[row + LEVEL] as number) + (covariance[row + DEVIATION] as number);
      for (let j = FIRST_HARMONIC; j < size; j += 2) sum += covariance[row + j] as number;
      gain[i] = sum;
    }
    let variance = rates.observation + (gain[LEVEL] as number) + (gain[DEVIATION] as number);
    for (let i = FIRST_HARMONIC; i < size; i += 2) variance += gain[i] as number;
    for (let i = 0; i < size; i++) {
      const share = (gain[i] as number) / variance;
      for (let j = 0; j <= i; j++) {
        const entry = (covariance[i * size + j] as number) - share * (gain[j] as number);
        covariance[i * size + j] = entry;
        covariance[j * size + i] = entry;
      }
    }
    return variance;
  }
}

/** The transition applied to every row of a square matrix (`across` = 1: an entry's neighbour in its row), or to every
 *  column (`across` = size). */
function moveAcross(values: Float64Array, across: number, along: number, model: KalmanModel): void {
  const { size, harmonics, cosine, sine, rates } = model;
  const { damping, persistence } = rates;
  for (let k = 0, at = 0; k < size; k++, at += along) {
    const trend = damping * (values[at + TREND * across] as number);
    values[at + TREND * across] = trend;
    values[at] = (values[at] as number) + trend;
    const deviation = at + DEVIATION * across;
    values[deviation] = persistence * (values[deviation] as number);
    for (let n = 0, i = at + FIRST_HARMONIC * across; n < harmonics; n++, i += 2 * across) {
      const c = cosine[n] as number;
      const s = sine[n] as number;
      const first = values[i] as number;
      const second = values[i + across] as number;
      values[i] = c * first + s * second;
      values[i + across] = c * second - s * first;
    }
  }
}

/** Scratch of one update; its content never outlives the call. */
const gain = new Float64Array(16);

function turn(values: Float64Array, a: number, b: number, cosine: number, sine: number): void {
  const first = values[a] as number;
  const second = values[b] as number;
  values[a] = cosine * first + sine * second;
  values[b] = cosine * second - sine * first;
}
