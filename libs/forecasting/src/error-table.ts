/** @file The errors of one forecaster over many origins: a row of the backtest's table, the gate's figures.
 *
 *  Law: standardised by the channel's scale, observed truths only, all leads of the path. The average is taken first
 *  over the truths of a channel (every origin and lead counts once), then over the channels that have any: a channel
 *  with gaps weighs as much as one without. Coverage and skill alike; skill = 1 - MAE / MAE of seasonal naive, both
 *  over the truths that seasonal naive forecast. */
import type { Score } from '#contracts';
import type { ChannelScales } from './scale.js';

/** All `[channels, horizon]`, in units of the channel. */
export interface JudgedOrigin {
  /** NaN: not observed. */
  readonly truth: Float64Array;
  readonly point: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Seasonal naive's point; null: it had none at this origin. */
  readonly naive: Float64Array | null;
}

export class ErrorTable {
  private readonly sums: Float64Array[];

  constructor(
    private readonly scales: ChannelScales,
    private readonly horizon: number,
  ) {
    this.sums = Array.from(SUMS, () => new Float64Array(scales.mean.length * horizon));
  }

  add({ truth, point, lower, upper, naive }: JudgedOrigin): void {
    const [truths, absolute, squared, inside, paired, naiveAbsolute] = this.sums as Sums;
    for (let at = 0; at < truth.length; at++) {
      const value = truth[at] as number;
      if (Number.isNaN(value)) continue;
      const deviation = this.scales.deviation[Math.floor(at / this.horizon)] as number;
      const error = Math.abs(value - (point[at] as number)) / deviation;
      increase(truths, at, 1);
      increase(absolute, at, error);
      increase(squared, at, error * error);
      if (value >= (lower[at] as number) && value <= (upper[at] as number)) increase(inside, at, 1);
      if (naive === null) continue;
      increase(paired, at, error);
      increase(naiveAbsolute, at, Math.abs(value - (naive[at] as number)) / deviation);
    }
  }

  /** Over all leads. Without a single truth every figure is 0 and `truths` says so. */
  score(): Score {
    return this.scoreOver(1, this.horizon);
  }

  /** Of one lead, from 1. */
  scoreAt(lead: number): Score {
    return this.scoreOver(lead, lead);
  }

  private scoreOver(first: number, last: number): Score {
    const perChannel: number[][] = [];
    let truths = 0;
    for (let channel = 0; channel < this.scales.mean.length; channel++) {
      const from = channel * this.horizon;
      const sums = this.sums.map((sum) => total(sum, from + first - 1, from + last));
      const [count, absolute, squared, inside, paired, naive] = sums as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      truths += count;
      if (count > 0) {
        perChannel.push([absolute / count, squared / count, inside / count, paired / count, naive / count]);
      }
    }
    const [mae, mse, coverage, paired, naive] = [0, 1, 2, 3, 4].map((figure) =>
      perChannel.reduce((sum, channel) => sum + (channel[figure] as number) / perChannel.length, 0),
    ) as [number, number, number, number, number];
    return { mae, mse, coverage, skill: naive > 0 ? 1 - paired / naive : null, truths };
  }
}

/** What is summed for each channel and lead, in this order. */
const SUMS = ['truths', 'absolute', 'squared', 'inside', 'paired', 'naive'] as const;
type Sums = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

function increase(sums: Float64Array, at: number, by: number): void {
  sums[at] = (sums[at] as number) + by;
}

function total(sums: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += sums[at] as number;
  return sum;
}
