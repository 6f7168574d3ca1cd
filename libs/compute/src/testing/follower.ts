/** @file One series followed grid step by grid step, as a predictor does it: the plainest use of schedule, patches and
 *  stepper together. For specs; it keeps all values, where a predictor keeps a ring. */
import {
  type CmambaConfig,
  type Level,
  patchWidth,
  schedule,
  type ScheduledStep,
  warmUp,
  writePatch,
} from '#cmamba';
import type { RecurrentState, Stepper } from '../stepper.js';

export interface Answer {
  readonly outputs: Float32Array;
  readonly states: readonly (RecurrentState | null)[];
  readonly now: ScheduledStep;
}

export class Follower {
  /** `[channel][lived]` */
  private readonly values: number[][];
  private states: readonly [RecurrentState | null, RecurrentState | null] = [null, null];
  private levels: readonly Level[] | null = null;

  constructor(private readonly config: CmambaConfig) {
    this.values = Array.from({ length: config.channels }, () => []);
  }

  /** @returns null while the series is too young */
  async advance(stepper: Stepper, gridIndex: number, values: readonly number[]): Promise<Answer | null> {
    const { lookback, stride, memory } = this.config;
    values.forEach((value, channel) => this.values[channel]?.push(value));
    const lived = this.values[0]?.length ?? 0;
    if (lived < lookback) return null;
    const width = patchWidth(this.config);
    const patches = new Float32Array(this.config.channels * width);
    const levels = this.values.map((channel, c) =>
      writePatch(channel, lived, lookback, this.levels?.[c] ?? null, patches, c * width),
    );
    const now = schedule(gridIndex, stride, memory);
    let outputs: Float32Array | undefined;
    if (now.commit) {
      const before = this.states.map((state, i) => (now.restarting === i ? null : state));
      const [zero, one] = await stepper.commit(before.map((state) => ({ patches, state })));
      if (zero === undefined || one === undefined) throw new Error('a commit without results');
      outputs = [zero, one][now.answering]?.outputs;
      this.states = [zero.state, one.state];
      this.levels = levels;
    } else {
      const [peek] = await stepper.peek([{ patches, state: this.states[now.answering] }]);
      outputs = peek?.outputs;
    }
    if (outputs === undefined || lived < warmUp(this.config)) return null;
    return { outputs, states: this.states, now };
  }

  /** Copies of all that is kept, as if it had been saved and loaded. */
  restored(): Follower {
    const copy = new Follower(this.config);
    this.values.forEach((channel, c) => copy.values[c]?.push(...channel));
    const [zero, one] = this.states.map((state) => state && { hidden: state.hidden.slice() });
    copy.states = [zero ?? null, one ?? null];
    copy.levels = this.levels;
    return copy;
  }
}
