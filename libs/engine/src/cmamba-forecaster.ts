/** @file CMamba as a forecaster: a ring of the last values, two alternating states a series, peeks and commits.
 *
 *  Law: the interface's own: a pure function of the last `context` grid steps, the same bits in any batch. Steps that
 *  were not observed are stepped through one by one, for a commit that falls on one of them must happen; of a longer gap
 *  only the last `context` steps, for nothing older matters. Only the state that answers is peeked, and only where a
 *  forecast is wanted; both are stepped at a commit. */
import {
  type CmambaConfig,
  contextSteps,
  denormalise,
  type Level,
  patchWidth,
  schedule,
  type StateIndex,
  warmUp,
  writePatch,
} from '#cmamba';
import type { RecurrentState, Stepper, StepRequest } from '#compute';
import {
  type ChannelScales,
  fill,
  type Forecaster,
  HistoryRing,
  type Paths,
  type SeriesStep,
} from '#forecasting';

/** What this forecaster needs of an executor: a step of many series at once, results in the order of the requests. Met
 *  by `Stepper` of `libs/compute`. */
export type NetworkStepper = Pick<Stepper, 'peek' | 'commit'>;

/** Everything that is remembered of a series. */
export class CmambaState {
  /** The last `lookback` values, standardised. */
  readonly ring: HistoryRing;
  gridIndex = NaN;
  /** Level of each channel at the last commit; null before the first. */
  levels: readonly Level[] | null = null;
  /** The two alternating states; null: the zero state. */
  readonly states: [RecurrentState | null, RecurrentState | null] = [null, null];

  constructor(channels: number, lookback: number) {
    this.ring = new HistoryRing(channels, lookback);
  }

  /** To a grid step from which on nothing before it matters. */
  leap(gridIndex: number, unobserved: Float64Array): void {
    if (this.ring.lived > 0) this.ring.push(gridIndex, unobserved);
    this.gridIndex = gridIndex;
    this.levels = null;
    this.states.fill(null);
  }
}

/** One grid step of one series on its way through a call. */
interface Journey {
  readonly step: SeriesStep<CmambaState>;
  readonly state: CmambaState;
  paths: Paths | null;
}

/** A grid step of a series at which the network runs. */
interface Visit {
  readonly journey: Journey;
  /** `[channels, lookback + 2]` */
  readonly patches: Float32Array;
  readonly levels: readonly Level[];
  readonly commit: boolean;
  readonly answering: StateIndex;
  readonly restarting: StateIndex | null;
  readonly wanted: boolean;
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
    const journeys = steps.map((step): Journey => {
      const state = step.state ?? new CmambaState(this.channels, this.config.lookback);
      if (Number.isNaN(state.gridIndex)) state.gridIndex = step.gridIndex - 1;
      if (step.gridIndex - state.gridIndex > this.context) {
        state.leap(step.gridIndex - this.context, this.unobserved);
      }
      return { step, state, paths: null };
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
    const peeks: { readonly visit: Visit; readonly request: StepRequest }[] = [];
    const commits: { readonly visit: Visit; readonly request: StepRequest }[] = [];
    for (const journey of journeys) {
      while (journey.state.gridIndex < journey.step.gridIndex) {
        this.push(journey);
        const visit = this.visit(journey);
        if (visit === null) continue;
        const { patches, commit, answering, restarting } = visit;
        const { states } = journey.state;
        if (!commit) {
          peeks.push({ visit, request: { patches, state: states[answering] } });
        } else {
          for (const which of [0, 1] as const) {
            commits.push({ visit, request: { patches, state: restarting === which ? null : states[which] } });
          }
        }
        break;
      }
    }
    const peeked = peeks.length === 0 ? [] : await this.stepper.peek(peeks.map(({ request }) => request));
    peeked.forEach(({ outputs }, index) => {
      this.answer((peeks[index] as { visit: Visit }).visit, outputs);
    });
    const committed =
      commits.length === 0 ? [] : await this.stepper.commit(commits.map(({ request }) => request));
    committed.forEach(({ outputs, state }, index) => {
      const { visit } = commits[index] as { visit: Visit };
      const which = (index % 2) as StateIndex;
      visit.journey.state.states[which] = state;
      visit.journey.state.levels = visit.levels;
      if (visit.wanted && which === visit.answering) this.answer(visit, outputs);
    });
  }

  private answer({ journey, levels }: Visit, outputs: Float32Array): void {
    journey.paths = { point: this.rescale(denormalise(outputs, levels, this.horizon)), deviation: null };
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

  /** What the network must do at the present grid step of a series; null: nothing. */
  private visit(journey: Journey): Visit | null {
    const { state, step } = journey;
    const { lookback, stride, memory } = this.config;
    if (state.ring.lived < lookback) return null;
    const { commit, answering, restarting } = schedule(state.gridIndex, stride, memory);
    const wanted = step.wanted && state.gridIndex === step.gridIndex && state.ring.lived >= this.warmUp;
    if (!commit && !wanted) return null;
    return { journey, commit, answering, restarting, wanted, ...this.patch(state) };
  }

  private patch(state: CmambaState): { patches: Float32Array; levels: Level[] } {
    const { lookback } = this.config;
    const width = patchWidth(this.config);
    const patches = new Float32Array(this.channels * width);
    const levels: Level[] = [];
    for (let channel = 0; channel < this.channels; channel++) {
      state.ring.copyLast(channel, this.raw);
      // Standardised: the training mean is 0.
      fill(this.raw, 0, this.filled);
      const before = state.levels?.[channel] ?? null;
      levels.push(writePatch(this.filled, lookback, lookback, before, patches, channel * width));
    }
    return { patches, levels };
  }

  private rescale(point: Float64Array): Float64Array {
    const { mean, deviation } = this.scales;
    return point.map((value, at) => {
      const channel = Math.floor(at / this.horizon);
      return value * (deviation[channel] ?? 1) + (mean[channel] ?? 0);
    });
  }
}
