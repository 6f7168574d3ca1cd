/** @file Errors at the judged leads, from two sides: as `evaluations` say them, and from forecasts and frames.
 *
 *  Law: what the predictor said of a forecast is what anybody finds who reads forecasts and frames; equal sides have
 *  equal truths, coverage and mean error (but for the order in which it was summed). */
import { durationMs, type Evaluation, eventTimeMs, type Forecast, roundTo } from '#contracts';
import type { ChannelScales } from '#forecasting';
import { originFinder, type StreamHistory, valueAt } from './history.js';

/** null where there is no truth. */
export interface JudgedScore {
  /** On the standardised scale, over the truths of all channels. */
  readonly mae: number | null;
  readonly coverage: number | null;
  readonly truths: number;
}

export class JudgedTruths {
  private truths = 0;
  private error = 0;
  private inside = 0;
  private readonly frequencyMs: number;
  private readonly placeOf: ReturnType<typeof originFinder>;

  constructor(
    private readonly history: StreamHistory,
    private readonly scales: ChannelScales,
  ) {
    this.frequencyMs = durationMs(history.definition.frequency);
    this.placeOf = originFinder(history);
  }

  /** What frames say of a forecast. @param leads the judged ones, in steps */
  addForecast(forecast: Forecast, leads: readonly number[]): void {
    const place = this.placeOf(forecast);
    if (place === null) return;
    this.history.definition.channels.forEach(({ name, decimals }, channel) => {
      const said = forecast.channels[name];
      for (const lead of leads) {
        const truth = valueAt(place.run, channel, place.origin + lead);
        const [point = NaN, lower = NaN, upper = NaN] = [
          said?.point,
          said?.quantiles['0.05'],
          said?.quantiles['0.95'],
        ].map((path) => path?.[lead - 1]);
        if (!Number.isNaN(truth))
          this.add(channel, roundTo(truth - point, decimals), truth >= lower && truth <= upper);
      }
    });
  }

  /** What an evaluation says of forecasts whose origin (epoch milliseconds) is from `servedFrom` on. */
  addEvaluation({ time, leads, channels }: Evaluation, servedFrom: number): void {
    const at = eventTimeMs(time);
    this.history.definition.channels.forEach(({ name }, channel) => {
      const said = channels[name];
      leads.forEach((lead, index) => {
        const error = said?.error[index] ?? null;
        if (error === null || at - lead * this.frequencyMs < servedFrom) return;
        this.add(channel, error, said?.inside[index] === true);
      });
    });
  }

  score(): JudgedScore {
    const { truths, error, inside } = this;
    return {
      truths,
      mae: truths === 0 ? null : error / truths,
      coverage: truths === 0 ? null : inside / truths,
    };
  }

  private add(channel: number, error: number, inside: boolean): void {
    this.truths += 1;
    this.error += Math.abs(error) / (this.scales.deviation[channel] as number);
    if (inside) this.inside += 1;
  }
}

/** Of two means that differ by no more than the order of their sums. */
const ROUNDING = 1e-9;

export function agree(one: JudgedScore, other: JudgedScore): boolean {
  return (
    one.truths === other.truths &&
    one.coverage === other.coverage &&
    Math.abs((one.mae ?? 0) - (other.mae ?? 0)) <= ROUNDING * (one.mae ?? 0)
  );
}
