/** @file Offsets that a model version brings along: quantiles of the errors it made on held-back data. */
import { type IntervalOffsets, QUANTILES } from '#contracts';

/** Collects signed errors at the judged leads and gives their quantiles. */
export class ErrorQuantiles {
  private readonly errors: number[][];

  constructor(
    private readonly channels: number,
    private readonly horizon: number,
    private readonly leads: readonly number[],
  ) {
    this.errors = Array.from({ length: channels * leads.length }, () => []);
  }

  /** One origin. @param point `[channels, horizon]`. @param truth same, NaN: not observed. */
  add(point: Float64Array, truth: Float64Array): void {
    for (let channel = 0; channel < this.channels; channel++) {
      for (const [place, lead] of this.leads.entries()) {
        const at = channel * this.horizon + lead - 1;
        const error = (truth[at] as number) - (point[at] as number);
        if (!Number.isNaN(error)) this.errors[channel * this.leads.length + place]?.push(error);
      }
    }
  }

  /** 5 % and 95 % quantiles; 0 where there was no error to learn from (calibration then begins without). */
  offsets(): IntervalOffsets {
    const [low, high] = QUANTILES.map(Number) as [number, number];
    const at = (level: number) =>
      Array.from({ length: this.channels }, (_, channel) =>
        this.leads.map((_, place) => quantile(this.errors[channel * this.leads.length + place] ?? [], level)),
      );
    return { leads: [...this.leads], lower: at(low), upper: at(high) };
  }
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
