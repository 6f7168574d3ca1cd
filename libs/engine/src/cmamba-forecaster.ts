/** @file CMamba as a forecaster: a ring of the last values, two alternating states a series, peeks and commits.
 *
 *  Law: the interface's own: a pure function of the last `context` grid steps, the same bits in any batch. Steps that
 *  were not observed are stepped through one by one, for a commit that falls on one of them must happen. Only the state
 *  that answers is peeked, and only where a forecast is wanted; both are stepped at a commit. */
import {
  type CmambaConfig,
  contextSteps,
  denormalise,
  type Level,
  patchWidth,
  schedule,
  warmUp,
  writePatch,
} from '#cmamba';
import {
  type ChannelScales,
  fill,
  type Forecaster,
  HistoryRing,
  type Paths,
  type SeriesStep,
} from '#forecasting';

/** One patch of one series for the network to step over. */
export interface StepRequest {
  /** `[channels, lookback + 2]` */
  readonly patch: Float32Array;
  /** `[blocks, channels, dState, dInner]`; null: the zero state. */
  readonly state: Float32Array | null;
}

export interface StepResult {
  /** `[channels, horizon]`, normalised by the patch */
  readonly outputs: Float32Array;
  readonly state: Float32Array;
}

/** What this forecaster needs of an executor: a step of many series at once, results in the order of the requests. */
export interface NetworkStepper {
  step(requests: readonly StepRequest[]): Promise<readonly StepResult[]>;
}

/** Everything that is remembered of a series. */
export class CmambaState {
  /** The last `lookback` values, standardised. */
  readonly ring: HistoryRing;
  gridIndex = NaN;
  /** Level of each channel at the last commit; null before the first. */
  levels: readonly Level[] | null = null;
  /** The two alternating states; null: the zero state. */
  readonly states: [Float32Array | null, Float32Array | null] = [null, null];

  constructor(channels: number, lookback: number) {
    this.ring = new HistoryRing(channels, lookback);
  }
}

/** One grid step of one series on its way through a call. */
interface Journey {
  readonly index: number;
  readonly step: SeriesStep<CmambaState>;
  readonly state: CmambaState;
  paths: Paths | null;
}

export class CmambaForecaster implements Forecaster<CmambaState> {
  readonly kind = 'cmamba';
  readonly channels: number;
  readonly horizon: number;
  readonly context: number;
  readonly warmUp: number;
  private readonly unobserved: Float64Array;
  private readonly raw: Float64Array;
  private readonly filled: Float64Array;

  constructor(
    private readonly config: CmambaConfig,
    private readonly scales: ChannelScales,
    private readonly stepper: NetworkStepper,
  ) {
    this.channels = config.channels;
    this.horizon = config.horizon;
    this.context = contextSteps(config);
    this.warmUp = warmUp(config);
    this.unobserved = new Float64Array(config.channels).fill(NaN);
    this.raw = new Float64Array(config.lookback);
    this.filled = new Float64Array(config.lookback);
  }

  async advance(
    steps: readonly SeriesStep<CmambaState>[],
  ): Promise<{ state: CmambaState; paths: Paths | null }[]> {
    const journeys = steps.map((step, index): Journey => {
      const state = step.state ?? new CmambaState(this.channels, this.config.lookback);
      if (Number.isNaN(state.gridIndex)) state.gridIndex = step.gridIndex - 1;
      return { index, step, state, paths: null };
    });
    // One grid step of every series a round; a series without a gap needs one round.
    for (let onTheWay = journeys; onTheWay.length > 0;) {
      await this.round(onTheWay);
      onTheWay = onTheWay.filter(({ state, step }) => state.gridIndex < step.gridIndex);
    }
    return journeys.map(({ state, paths }) => ({ state, paths }));
  }

  /** Moves every series to its next grid step at which the network must run, or to its end. */
  private async round(journeys: readonly Journey[]): Promise<void> {
    const requests: StepRequest[] = [];
    const answers: ((results: readonly StepResult[]) => void)[] = [];
    for (const journey of journeys) {
      while (journey.state.gridIndex < journey.step.gridIndex) {
        this.push(journey);
        const answer = this.request(journey, requests);
        if (answer === null) continue;
        answers.push(answer);
        break;
      }
    }
    if (requests.length === 0) return;
    const results = await this.stepper.step(requests);
    for (const answer of answers) answer(results);
  }

  private push({ state, step }: Journey): void {
    state.gridIndex += 1;
    if (state.gridIndex < step.gridIndex) {
      // Steps before the first observed one do not exist.
      if (state.ring.lived > 0) state.ring.push(state.gridIndex, this.unobserved);
      return;
    }
    const { mean, deviation } = this.scales;
    state.ring.push(
      state.gridIndex,
      Float64Array.from(
        step.values,
        (value, channel) => (value - (mean[channel] ?? 0)) / (deviation[channel] ?? 1),
      ),
    );
  }

  /** Adds what the network must do at the present grid step of a series.
   *  @returns what to do with the results; null: nothing was added. */
  private request(
    journey: Journey,
    requests: StepRequest[],
  ): ((results: readonly StepResult[]) => void) | null {
    const { state, step } = journey;
    const { lookback, stride, memory } = this.config;
    if (state.ring.lived < lookback) return null;
    const { commit, answering, restarting } = schedule(state.gridIndex, stride, memory);
    const wanted = step.wanted && state.gridIndex === step.gridIndex && state.ring.lived >= this.warmUp;
    if (!commit && !wanted) return null;
    const { patch, levels } = this.patch(state);
    const first = requests.length;
    if (commit) {
      for (const which of [0, 1] as const) {
        requests.push({ patch, state: restarting === which ? null : state.states[which] });
      }
    } else {
      requests.push({ patch, state: state.states[answering] });
    }
    return (results) => {
      if (wanted) {
        const { outputs } = results[commit ? first + answering : first] as StepResult;
        journey.paths = { point: this.rescale(denormalise(outputs, levels, this.horizon)), deviation: null };
      }
      if (!commit) return;
      state.levels = levels;
      for (const which of [0, 1] as const) state.states[which] = (results[first + which] as StepResult).state;
    };
  }

  private patch(state: CmambaState): { patch: Float32Array; levels: Level[] } {
    const { lookback } = this.config;
    const width = patchWidth(this.config);
    const patch = new Float32Array(this.channels * width);
    const levels: Level[] = [];
    for (let channel = 0; channel < this.channels; channel++) {
      state.ring.copyLast(channel, this.raw);
      // Standardised: the training mean is 0.
      fill(this.raw, 0, this.filled);
      const before = state.levels?.[channel] ?? null;
      levels.push(writePatch(this.filled, lookback, lookback, before, patch, channel * width));
    }
    return { patch, levels };
  }

  private rescale(point: Float64Array): Float64Array {
    const { mean, deviation } = this.scales;
    return point.map((value, at) => {
      const channel = Math.floor(at / this.horizon);
      return value * (deviation[channel] ?? 1) + (mean[channel] ?? 0);
    });
  }
}
