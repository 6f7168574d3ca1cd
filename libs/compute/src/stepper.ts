/** @file One version's step for any number of series: peeks and commits, in tiles of fixed sizes.
 *
 *  Law: what a series gets depends on its own patch and state alone, to the bit: not on which other series share the
 *  call, not on the tile, not on the padding (which is zeros and is thrown away). It keeps no state: state in, state out. */
import { type CmambaConfig, patchWidth, stateSize } from '#cmamba';
import { RollcastError } from '#contracts';
import type { Executor, PreparedProgram } from './executor.js';
import { stepGraph } from './step-graph.js';
import { tilesFor } from './tiles.js';

/** A series' hidden state: `[blocks, channels, dState, dInner]`. Never changed in place. */
export interface RecurrentState {
  readonly hidden: Float32Array;
}

export interface StepRequest {
  /** `[channels, lookback + 2]` as `writePatch` makes them */
  readonly patches: Float32Array;
  /** null: the zero state */
  readonly state: RecurrentState | null;
}

export interface StepResult {
  /** `[channels, horizon]`, normalised: `denormalise` brings it back */
  readonly outputs: Float32Array;
}

export interface CommitResult extends StepResult {
  readonly state: RecurrentState;
}

type Kind = 'peek' | 'commit';

/** `state` is missing where there are no blocks. */
type StepFeeds = { readonly patches: Float32Array; readonly state?: Float32Array };

/** @example One grid step of one series, with its two states and the levels of its last commit:
 *
 *      const stepper = new Stepper(executor, config, weights);
 *      const levels = rings.map((ring, c) =>
 *        writePatch(ring, ring.length, config.lookback, lastLevels?.[c] ?? null, patches, c * patchWidth(config)));
 *      const now = schedule(gridIndex, config.stride, config.memory);
 *      if (now.commit) {
 *        const before = states.map((state, i) => (now.restarting === i ? null : state));
 *        const after = await stepper.commit(before.map((state) => ({ patches, state })));
 *        outputs = after[now.answering].outputs; states = after.map(({ state }) => state); lastLevels = levels;
 *      } else {
 *        [{ outputs }] = await stepper.peek([{ patches, state: states[now.answering] }]);
 *      }
 *      forecast = denormalise(outputs, levels, config.horizon);   // once the series has lived warmUp(config) steps
 *
 *  Give many series to one call: a tile of eight costs a third a series. Sessions are made on first use. */
export class Stepper {
  private readonly programs = new Map<string, Promise<PreparedProgram>>();
  private readonly spares = new Map<number, StepFeeds[]>();

  constructor(
    private readonly executor: Executor,
    private readonly config: CmambaConfig,
    private readonly weights: Float32Array,
  ) {}

  /** Forecasts; no state changes. Results in the order of the requests.
   *  @throws INTERNAL for a patch or state of another size. */
  async peek(requests: readonly StepRequest[]): Promise<StepResult[]> {
    return this.run('peek', requests, (_series, outputs) => ({ outputs }));
  }

  /** Forecasts, and the states after the patch. */
  async commit(requests: readonly StepRequest[]): Promise<CommitResult[]> {
    return this.run('commit', requests, (_series, outputs, state) => ({ outputs, state: { hidden: state } }));
  }

  /** Frees the sessions. */
  async release(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    for (const program of programs) await (await program).release();
  }

  private async run<R>(
    kind: Kind,
    requests: readonly StepRequest[],
    result: (series: number, outputs: Float32Array, state: Float32Array) => R,
  ): Promise<R[]> {
    const results: R[] = [];
    const outputSize = this.config.channels * this.config.horizon;
    const size = stateSize(this.config);
    for (const tile of tilesFor(requests.length, this.config.channels)) {
      const part = requests.slice(results.length, results.length + tile);
      const program = await this.program(kind, tile);
      const feeds = this.feeds(part, tile);
      const { outputs, nextState } = await program.run(feeds);
      this.spare(tile).push(feeds);
      part.forEach((_, i) => {
        results.push(
          result(
            i,
            (outputs as Float32Array).slice(i * outputSize, (i + 1) * outputSize),
            nextState === undefined ? new Float32Array(0) : nextState.slice(i * size, (i + 1) * size),
          ),
        );
      });
    }
    return results;
  }

  private feeds(requests: readonly StepRequest[], tile: number): StepFeeds {
    const width = this.config.channels * patchWidth(this.config);
    const size = stateSize(this.config);
    for (const { patches, state } of requests) {
      expectLength(patches, width, 'patches');
      if (state !== null) expectLength(state.hidden, size, 'a state');
    }
    const feeds = this.spare(tile).pop() ?? {
      patches: new Float32Array(tile * width),
      ...(this.config.blocks === 0 ? {} : { state: new Float32Array(tile * size) }),
    };
    // What an earlier call left in the padding does no harm to anybody's numbers, but could slow them: denormals.
    feeds.patches.fill(0, requests.length * width);
    feeds.state?.fill(0, requests.length * size);
    requests.forEach(({ patches, state }, i) => {
      feeds.patches.set(patches, i * width);
      if (state === null) feeds.state?.fill(0, i * size, (i + 1) * size);
      else feeds.state?.set(state.hidden, i * size);
    });
    return feeds;
  }

  /** Feeds that no run is using: states are megabytes, and making them anew for each call costs as much as a step. */
  private spare(tile: number): StepFeeds[] {
    let list = this.spares.get(tile);
    if (list === undefined) this.spares.set(tile, (list = []));
    return list;
  }

  private program(kind: Kind, tile: number): Promise<PreparedProgram> {
    const key = `${kind} ${tile}`;
    let program = this.programs.get(key);
    if (program === undefined) {
      program = this.executor.prepare(stepGraph(this.config, this.weights, tile, kind));
      this.programs.set(key, program);
      // What failed once may not fail again: memory was short.
      program.catch(() => this.programs.delete(key));
    }
    return program;
  }
}

function expectLength(values: Float32Array, length: number, what: string): void {
  if (values.length !== length) {
    throw new RollcastError('INTERNAL', {
      problem: `${what} of ${values.length} numbers where the network takes ${length}`,
    });
  }
}
