/** @file The one loop: frames in, forecasts and evaluations out. Live, judge, backtest and the demo's table all go
 *  through it.
 *
 *  For every frame, in this order: what waited for it is judged and calibrated; the states move on; a forecast is made
 *  and published (rounded), and waits for its own truths.
 *
 *  Law: results depend on the frames of a series and the version alone, not on how frames are cut into calls nor on the
 *  other series. What it cannot rebuild from frames and forecasts (`memoryOf`) is small and plain JSON. */
import {
  type Evaluation,
  eventTimeMs,
  type Forecast,
  formatTime,
  gridIndex,
  judgedLeads,
  describeError,
  durationMs,
  RollcastError,
  stepBegin,
  type StreamDefinition,
} from '#contracts';
import { type CalibrationShape, type Paths, seasonalNaiveForecaster } from '#forecasting';
import { longestContext } from './context.js';
import { ModelStates, type ServingModel } from './model-states.js';
import { beginsAnew, type ObservedFrame, wavesOf } from './observed-frames.js';
import { type Awaited, PendingForecasts } from './pending-forecasts.js';
import { publishedForecast } from './published-forecast.js';
import type { SeriesMemory } from './series-memory.js';
import { SeriesScores } from './series-scores.js';

/** What a frame led to. */
export interface OriginResult {
  /** null: none is due at this step. */
  readonly forecast: Forecast | null;
  readonly evaluation: Evaluation;
}

interface Track {
  first: number;
  last: number;
  readonly pending: PendingForecasts;
  readonly scores: SeriesScores;
}

export class RollingOrigin {
  private readonly shape: CalibrationShape;
  private readonly frequencyMs: number;
  /** Grid steps. */
  private readonly youth: number;
  private readonly tracks = new Map<string, Track>();
  private readonly naive: ModelStates;
  /** The same as `main` where the cold start itself serves. */
  private coldStart: ModelStates;
  private main: ModelStates;

  /** @param coldStart answers while a series is too young for the model; may be the model itself */
  constructor(
    private readonly definition: StreamDefinition,
    model: ServingModel,
    coldStart: ServingModel,
  ) {
    const { horizon, maxGap } = definition;
    const channels = definition.channels.length;
    this.shape = { channels, horizon, leads: judgedLeads(horizon) };
    this.frequencyMs = durationMs(definition.frequency);
    this.youth = longestContext(definition);
    this.coldStart = new ModelStates(coldStart, maxGap);
    this.main = model.version === coldStart.version ? this.coldStart : new ModelStates(model, maxGap);
    this.naive = new ModelStates(yardstick(definition), maxGap);
  }

  get model(): ServingModel {
    return this.main.model;
  }

  /** Frames in time order a series. @returns results in the order of the frames.
   *  @throws VERSION_REFUSED: the model threw (its `cause`) */
  async advance(frames: readonly ObservedFrame[]): Promise<OriginResult[]> {
    const indexed = frames.map((frame, index) => ({ ...frame, index }));
    const results = new Array<OriginResult>(frames.length);
    for (const wave of wavesOf(indexed)) {
      const evaluations = wave.map((frame) => this.judge(frame));
      const paths = await this.move(wave, (frame) => frame.gridIndex % this.definition.every === 0);
      wave.forEach((frame, place) => {
        const made = paths[place] ?? null;
        const forecast = made === null ? null : this.publish(frame, made.states, made.paths);
        results[frame.index] = { forecast, evaluation: evaluations[place] as Evaluation };
      });
    }
    return results;
  }

  /** Frames that were served before: rebuilds states, judges nothing, forecasts nothing. A series that was not remembered
   *  is as old as its frames here. */
  async replay(frames: readonly ObservedFrame[]): Promise<void> {
    for (const wave of wavesOf(frames)) {
      // What goes back in time was never served.
      const forward = wave.filter((frame) => !this.main.isBehind(frame));
      for (const frame of forward) this.moveOn(this.begin(frame), frame);
      await this.move(forward, () => false);
    }
  }

  /** Takes back a forecast that was published before, as far as it still waits for truths. */
  recall(forecast: Forecast): void {
    const track = this.tracks.get(forecast.series);
    const origin = gridIndex(eventTimeMs(forecast.origin), this.frequencyMs);
    if (track === undefined || origin > track.last || origin < track.first) return;
    this.await(track, forecast, origin);
  }

  /** A newcomer takes over, all series at once. Its states must have seen every frame that was seen here. */
  adopt(newcomer: ModelStates): void {
    this.main = newcomer;
    if (newcomer.model.version === this.coldStart.model.version) this.coldStart = newcomer;
  }

  /** Grid index of a series' newest frame; null for a series that was never seen. */
  lastOf(series: string): number | null {
    return this.tracks.get(series)?.last ?? null;
  }

  /** @returns null for a series that was never seen. */
  memoryOf(series: string): SeriesMemory | null {
    const track = this.tracks.get(series);
    return track === undefined
      ? null
      : { first: track.first, last: track.last, scores: track.scores.toJson() };
  }

  /** Puts a series back as it was remembered; its states follow by `replay` of frames up to `memory.last`. */
  remember(series: string, memory: SeriesMemory): void {
    const scores = new SeriesScores(this.definition, this.shape, memory.scores);
    const pending = new PendingForecasts(this.shape.leads);
    // What waited for the newest frame, or an earlier one, has been judged.
    pending.take(memory.last);
    this.tracks.set(series, { first: memory.first, last: memory.last, pending, scores });
  }

  forget(series: string): void {
    this.tracks.delete(series);
    for (const states of [this.main, this.coldStart, this.naive]) states.forget(series);
  }

  /** What waits for its truth, over all series and judged leads. */
  get awaited(): number {
    return [...this.tracks.values()].reduce((size, { pending }) => size + pending.size, 0);
  }

  private judge(frame: ObservedFrame): Evaluation {
    const track = this.begin(frame);
    const { leads } = this.shape;
    const { versions, channels } = track.scores.judge(frame.values, this.moveOn(track, frame));
    return {
      stream: this.definition.stream,
      series: frame.series,
      time: formatTime(stepBegin(frame.gridIndex, this.frequencyMs)),
      leads: [...leads],
      versions,
      channels,
    };
  }

  /** Moves a series to a frame, if it is not there already.
   *  @returns what waited for it, at each lead */
  private moveOn(track: Track, { gridIndex }: ObservedFrame): readonly Awaited[] {
    track.last = Math.max(track.last, gridIndex);
    return track.pending.take(gridIndex);
  }

  /** The track of a frame's series, begun where it is new or its gap too long. A replay does not move it back. */
  private begin({ series, gridIndex }: ObservedFrame): Track {
    let track = this.tracks.get(series);
    if (track === undefined) {
      const scores = new SeriesScores(this.definition, this.shape);
      track = { first: gridIndex, last: gridIndex, pending: new PendingForecasts(this.shape.leads), scores };
      this.tracks.set(series, track);
    } else if (beginsAnew(track.last, gridIndex, this.definition.maxGap)) {
      track.first = gridIndex;
      // What was said before the gap was said of another life.
      track.pending.clear();
    }
    return track;
  }

  /** Moves every state that answers or will answer. */
  private async move(
    wave: readonly ObservedFrame[],
    wanted: (frame: ObservedFrame) => boolean,
  ): Promise<({ states: ModelStates; paths: Paths } | null)[]> {
    const naive = await this.naive.advance(wave, () => true);
    wave.forEach((frame, place) => {
      const paths = naive[place];
      if (paths) this.awaitNaive(frame, paths);
    });
    const main = await this.main.advance(wave, wanted).catch((error: unknown) => this.refuseMain(error));
    const young = wave.filter((frame) => this.isYoung(frame));
    const simple = await this.coldStart.advance(young, wanted);
    return wave.map((frame, place) => {
      const paths = main[place];
      if (paths) return { states: this.main, paths };
      const stood = young.indexOf(frame);
      const stand = stood < 0 ? null : (simple[stood] ?? null);
      return stand === null ? null : { states: this.coldStart, paths: stand };
    });
  }

  /** @throws VERSION_REFUSED; the error itself where it says nothing of the version, or the cold start is to blame */
  private refuseMain(error: unknown): never {
    const isOfTheWorld = error instanceof RollcastError && error.fate === 'retry';
    if (isOfTheWorld || this.main === this.coldStart) throw error;
    const { stream } = this.definition;
    const { version } = this.main.model;
    throw new RollcastError('VERSION_REFUSED', { version, stream, problem: describeError(error) }, error);
  }

  /** Young enough that the cold start is kept beside the model: it answers where the model cannot. As long as that is
   *  for any version, not for the one that serves: so the next one finds it as a replay would build it. */
  private isYoung(frame: ObservedFrame): boolean {
    if (this.main === this.coldStart) return false;
    const young = this.lived(frame) < Math.max(this.youth, this.main.model.forecaster.warmUp);
    if (!young) this.coldStart.forget(frame.series);
    return young;
  }

  private lived({ series, gridIndex }: ObservedFrame): number {
    return gridIndex - (this.tracks.get(series)?.first ?? gridIndex) + 1;
  }

  private publish(frame: ObservedFrame, states: ModelStates, paths: Paths): Forecast {
    const track = this.tracks.get(frame.series) as Track;
    const { model } = states;
    const warming = states !== this.main;
    track.scores.keepOnly(warming ? [this.main.model.version, model.version] : [model.version]);
    const need = this.main.model.forecaster.warmUp;
    const of = {
      ...frame,
      model,
      warmingUp: warming ? { have: this.lived(frame), need } : null,
    };
    const bounds = track.scores.bounds(model.version, paths, model.intervals);
    const forecast = publishedForecast(this.definition, of, paths, bounds);
    this.await(track, forecast, frame.gridIndex);
    return forecast;
  }

  private await(track: Track, forecast: Forecast, origin: number): void {
    const { version } = forecast.model;
    track.pending.addForecast(origin, (_, lead) => {
      const at = (path: (channel: Forecast['channels'][string]) => readonly number[]) =>
        this.definition.channels.map(({ name }) => {
          const channel = forecast.channels[name];
          return channel === undefined ? NaN : (path(channel)[lead - 1] ?? NaN);
        });
      return {
        version,
        point: at(({ point }) => point),
        lower: at(({ quantiles }) => quantiles['0.05']),
        upper: at(({ quantiles }) => quantiles['0.95']),
      };
    });
  }

  private awaitNaive(frame: ObservedFrame, paths: Paths): void {
    const track = this.tracks.get(frame.series) as Track;
    // A replay may begin before the series' latest beginning.
    if (frame.gridIndex < track.first) return;
    const { horizon } = this.definition;
    track.pending.addNaive(frame.gridIndex, (_, lead) =>
      this.definition.channels.map(
        (_channel, channel) => paths.point[channel * horizon + lead - 1] as number,
      ),
    );
  }
}

/** What skill is measured against, at every frame. It knows no training mean: where it has nothing to say, it says NaN. */
function yardstick(definition: StreamDefinition): ServingModel {
  const { lookback, horizon, season } = definition;
  const mean = definition.channels.map(() => NaN);
  const forecaster = seasonalNaiveForecaster({ lookback, horizon, season, mean });
  return { kind: 'seasonal-naive', version: 'yardstick', forecaster, intervals: null };
}
