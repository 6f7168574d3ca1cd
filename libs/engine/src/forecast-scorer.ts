/** @file Scores published forecasts against what was observed: for the gate, for a backtest, and for what was served.
 *
 *  Law: it knows nothing of who made a forecast; equal forecasts over equal truths give equal scores. What was said
 *  before a long gap was said of another life: nothing behind the gap judges it. */
import { type Forecast, type IntervalOffsets, judgedLeads, type Score } from '#contracts';
import { type ChannelScales, ErrorQuantiles, ErrorTable } from '#forecasting';
import { originFinder, type Run, type StreamHistory, valueAt } from './history.js';

export class ForecastScorer {
  private readonly table: ErrorTable;
  private readonly errors: ErrorQuantiles;
  private readonly placeOf: ReturnType<typeof originFinder>;
  private scored = 0;

  constructor(
    private readonly history: StreamHistory,
    scales: ChannelScales,
  ) {
    const { channels, horizon } = history.definition;
    this.table = new ErrorTable(scales, horizon);
    this.errors = new ErrorQuantiles(channels.length, horizon, judgedLeads(horizon));
    this.placeOf = originFinder(history);
  }

  /** @param naive seasonal naive's forecast of the same origin; null: none, it counts for no skill */
  add(forecast: Forecast, naive: Forecast | null): void {
    const place = this.placeOf(forecast);
    if (place === null) return;
    const truth = truthBehind(place.run, place.origin, this.history.definition.horizon);
    const point = this.path(forecast, (channel) => channel.point);
    this.table.add({
      truth,
      point,
      lower: this.path(forecast, ({ quantiles }) => quantiles['0.05']),
      upper: this.path(forecast, ({ quantiles }) => quantiles['0.95']),
      naive: naive === null ? null : this.path(naive, (channel) => channel.point),
    });
    this.errors.add(point, truth);
    this.scored += 1;
  }

  /** Forecasts that were added. */
  get origins(): number {
    return this.scored;
  }

  score(): Score {
    return this.table.score();
  }

  /** Quantiles of the errors: where a version's calibration may begin. */
  intervals(): IntervalOffsets {
    return this.errors.offsets();
  }

  /** One path of every channel, as the definition has them: `[channels * horizon]`. */
  private path(
    forecast: Forecast,
    of: (channel: Forecast['channels'][string]) => readonly number[],
  ): Float64Array {
    const { channels, horizon } = this.history.definition;
    const all = new Float64Array(channels.length * horizon).fill(NaN);
    channels.forEach(({ name }, index) => {
      const channel = forecast.channels[name];
      if (channel !== undefined) all.set(of(channel), index * horizon);
    });
    return all;
  }
}

/** `[channels * horizon]` truths behind an origin; NaN where not observed (or not there yet). */
function truthBehind(run: Run, origin: number, horizon: number): Float64Array {
  return Float64Array.from({ length: run.values.length * horizon }, (_, at) =>
    valueAt(run, Math.floor(at / horizon), origin + (at % horizon) + 1),
  );
}
