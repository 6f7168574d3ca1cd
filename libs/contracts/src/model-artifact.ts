/** @file The JSON half of an artifact: everything that a version needs beside its weights to forecast.
 *
 *  Law: it holds no wall-clock time and no machine, so the same training gives the same bytes and the same hash. */
import { z } from 'zod';
import { ModelKind, OffsetRange, Score } from './model-version.js';
import { ChannelName, StreamName } from './names.js';

const Numbers = z.array(z.number());

/** Offsets from the point to the two quantiles, `[channel][judged lead]`, in units of the channel. */
export const IntervalOffsets = z.object({
  leads: z.array(z.int().positive()),
  lower: z.array(Numbers),
  upper: z.array(Numbers),
});
export type IntervalOffsets = z.infer<typeof IntervalOffsets>;

/** Sizes of a CMamba network; the names are those of the paper's symbols in `libs/cmamba`. */
export const NetworkSizes = z.object({
  stride: z.int().positive(),
  memory: z.int().positive(),
  dModel: z.int().positive(),
  dInner: z.int().positive(),
  dState: z.int().positive(),
  dtRank: z.int().positive(),
  blocks: z.int().nonnegative(),
  reduction: z.int().positive(),
});
export type NetworkSizes = z.infer<typeof NetworkSizes>;

/** How fast each part of a Kalman filter may move, in units of the channel's own variance. */
export const KalmanRates = z.object({
  /** Variance a step of the slow level. */
  level: z.number().nonnegative(),
  /** Variance a step of the trend. 0: there is none. */
  trend: z.number().nonnegative(),
  /** Share of the trend that is left a step later. */
  damping: z.number(),
  /** Variance a step of the deviation: what is above or below the level for a while. 0: there is none. */
  deviation: z.number().nonnegative(),
  /** Share of the deviation that is left a step later. */
  persistence: z.number(),
  /** Variance a step of the first harmonic; of the n-th, 1/n^2 of it. */
  season: z.number().nonnegative(),
  /** Variance of one observation around the state. */
  observation: z.number().positive(),
});
export type KalmanRates = Readonly<z.infer<typeof KalmanRates>>;

/** Added to the variance by which a linear path normalises a lookback (standardised scale), so that a flat one is
 *  divided by 0.003 and not by nothing; the official CMamba's value. Weights are of use only with the floor that they
 *  were fitted with, and those of ridge are also where a network begins: so there is one. */
export const VARIANCE_FLOOR = 1e-5;

export const ModelArtifact = z
  .object({
    format: z.literal(1),
    stream: StreamName,
    kind: ModelKind,
    channels: z.array(ChannelName).min(1),
    frequencyMs: z.int().positive(),
    lookback: z.int().positive(),
    horizon: z.int().positive(),
    season: z.union([z.int().positive(), z.null()]),
    scale: z
      .object({ mean: Numbers, deviation: Numbers })
      .meta({ description: 'Of each channel over the training slice' }),
    intervals: IntervalOffsets.meta({
      description: 'Quantiles of the held-back errors: where calibration begins',
    }),
    network: z.union([NetworkSizes, z.null()]),
    rates: z
      .union([z.array(KalmanRates), z.null()])
      .meta({ description: "Of a Kalman filter, one a channel: variances in units of the channel's own" }),
    training: z.object({
      seed: z.int(),
      ranges: z.array(OffsetRange),
      epochs: z.int().nonnegative(),
      selectedEpoch: z.union([z.int().nonnegative(), z.null()]),
      steps: z.int().nonnegative(),
      validation: Numbers.meta({ description: 'Validation MAE after each epoch' }),
    }),
    score: Score.meta({ description: 'On the held-back slice' }),
    weights: z.union([z.object({ file: z.literal('weights.safetensors'), sha256: z.string() }), z.null()]),
  })
  .meta({ title: 'Model artifact' });
export type ModelArtifact = z.infer<typeof ModelArtifact>;
