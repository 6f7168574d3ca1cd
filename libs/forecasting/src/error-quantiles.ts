/** @file Offsets that a model version brings along: quantiles of the errors it made on held-back data.
 *
 *  Law: a judged lead has the quantiles of its own errors. Where truths never fall on it (three-hourly stations on an
 *  hourly grid) those of the leads around it stand in, and where these have none either, those of the nearest judged
 *  lead that has; of two that are equally near the longer one, whose errors are the larger. */
import { type IntervalOffsets, QUANTILES } from '#contracts';
import { BoundedSample } from './bounded-sample.js';

/** Errors that are kept of a lead and channel: the quantiles of more would not differ in a third digit. */
const MOST_ERRORS = 65_536;

/** Collects signed errors and gives their quantiles at the judged leads. */
export class ErrorQuantiles {
  /** Flat, `[channels, leads]`: errors of the lead itself. */
  private readonly own: readonly BoundedSample[];
  /** The same, of leads that are not judged: those to which it is the nearest, as long as it has none itself. */
  private readonly around: readonly BoundedSample[];
  /** The nearest judged lead's place, of every lead from 1. */
  private readonly nearest: readonly number[];

  constructor(
    private readonly channels: number,
    private readonly horizon: number,
    private readonly leads: readonly number[],
  ) {
    const samples = () =>
      Array.from({ length: channels * leads.length }, () => new BoundedSample(MOST_ERRORS));
    this.own = samples();
    this.around = samples();
    this.nearest = Array.from({ length: horizon }, (_, at) => nearestOf(leads, at + 1));
  }

  /** One origin. @param point `[channels, horizon]`. @param truth same, NaN: not observed. */
  add(point: Float64Array, truth: Float64Array): void {
    for (let at = 0; at < this.channels * this.horizon; at++) {
      const error = (truth[at] as number) - (point[at] as number);
      if (Number.isNaN(error)) continue;
      const lead = (at % this.horizon) + 1;
      const place = this.nearest[lead - 1] as number;
      const bucket = Math.floor(at / this.horizon) * this.leads.length + place;
      if (this.leads[place] === lead) this.own[bucket]?.add(error);
      else if (this.own[bucket]?.values.length === 0) this.around[bucket]?.add(error);
    }
  }

  /** 5 % and 95 % quantiles; 0 where a channel had no error at all to learn from (calibration then begins without). */
  offsets(): IntervalOffsets {
    const [low, high] = QUANTILES.map(Number) as [number, number];
    const errors = Array.from({ length: this.channels }, (_, channel) => this.errorsOf(channel));
    const at = (level: number) => errors.map((byLead) => byLead.map((some) => quantile(some, level)));
    return { leads: [...this.leads], lower: at(low), upper: at(high) };
  }

  /** What each judged lead of a channel learns from. */
  private errorsOf(channel: number): readonly (readonly number[])[] {
    const known = this.leads.flatMap((lead, place) => {
      const bucket = channel * this.leads.length + place;
      const [own = [], around = []] = [this.own[bucket]?.values, this.around[bucket]?.values];
      const errors = own.length > 0 ? own : around;
      return errors.length > 0 ? [{ lead, errors }] : [];
    });
    const leads = known.map(({ lead }) => lead);
    return this.leads.map((lead) => known[nearestOf(leads, lead)]?.errors ?? []);
  }
}

/** Place of the lead that is nearest; of two the longer one. @param leads ascending */
function nearestOf(leads: readonly number[], lead: number): number {
  const distances = leads.map((one) => Math.abs(one - lead));
  return distances.lastIndexOf(Math.min(...distances));
}

/** Linear between the order statistics (Hyndman and Fan 1996, type 7). */
function quantile(values: readonly number[], level: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const left = sorted[below] as number;
  const right = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return left + (right - left) * (place - below);
}
