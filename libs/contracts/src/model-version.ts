/** @file A model version is data: weights + JSON, where it was trained, what it scored. Topic `models`, compacted.
 *
 *  Four kinds of record share the topic: a version (with its verdict), the champion that should serve, a switch
 *  (from which frame on a partition uses a version: written in the transaction that first uses it), and a refusal
 *  (a predictor says that a version does not load, or failed while it served). */
import { z } from 'zod';
import { StreamName } from './names.js';

/** The five forecasters; the order is that of every table. */
export const MODEL_KINDS = ['last-value', 'seasonal-naive', 'ridge', 'kalman', 'cmamba'] as const;
export const ModelKind = z.enum(MODEL_KINDS).meta({ description: 'Which forecaster' });
export type ModelKind = z.infer<typeof ModelKind>;

/** `<kind>-<first digits of the artifact's hash>`; `kalman-0` is what serves before anything was trained. */
export const ModelVersionName = z
  .string()
  .regex(/^[a-z-]+-[0-9a-f]{1,64}$/, 'write the name of a version, like cmamba-2ac86174e98e')
  .meta({ description: 'Name of a model version', examples: ['cmamba-3f9a1c20d4e5'] });
export const COLD_START_VERSION = 'kalman-0';

/** An offset range of one partition of `frames`: `from` inclusive, `to` exclusive. */
export const OffsetRange = z.object({
  partition: z.int().nonnegative(),
  from: z.string().regex(/^\d+$/),
  to: z.string().regex(/^\d+$/),
});
export type OffsetRange = z.infer<typeof OffsetRange>;

/** Errors on the standardised scale over one slice, averaged over channels and leads, observed truths only. */
export const Score = z
  .object({
    mae: z.number(),
    mse: z.number(),
    coverage: z.number().meta({ description: 'Share of truths inside the 90 % interval' }),
    skill: z.union([z.number(), z.null()]).meta({ description: '1 - MAE / MAE of seasonal naive' }),
    truths: z.int().nonnegative().meta({ description: 'Observed truths that were compared' }),
  })
  .meta({ id: 'Score' });
export type Score = z.infer<typeof Score>;

export const VersionRecord = z
  .object({
    type: z.literal('version'),
    stream: StreamName,
    version: ModelVersionName,
    kind: ModelKind,
    verdict: z.enum(['promoted', 'rejected']),
    reason: z.string().meta({ description: 'Why the gate decided so, in a sentence with figures' }),
    artifact: z.object({ name: z.string(), sha256: z.string() }),
    trainedOn: z.array(OffsetRange),
    framesUntil: z
      .string()
      .meta({ description: 'Event time of the newest frame that training or judging saw' }),
    seed: z.int(),
    scores: z
      .record(z.string(), Score)
      .meta({ description: 'On the held-back slice: every candidate by kind, and the champion' }),
    job: z.union([z.string(), z.null()]),
    createdAt: z.string(),
  })
  .meta({ id: 'VersionRecord' });
export type VersionRecord = z.infer<typeof VersionRecord>;

export const ChampionRecord = z
  .object({
    type: z.literal('champion'),
    stream: StreamName,
    version: ModelVersionName,
    by: z.enum(['gate', 'person']),
    reason: z.string(),
    createdAt: z.string(),
  })
  .meta({ id: 'ChampionRecord' });
export type ChampionRecord = z.infer<typeof ChampionRecord>;

export const SwitchRecord = z
  .object({
    type: z.literal('switch'),
    stream: StreamName,
    partition: z.int().nonnegative(),
    version: ModelVersionName,
    frameOffset: z
      .string()
      .regex(/^\d+$/)
      .meta({ description: 'First frame of the partition that the version serves' }),
    partitionTimeMs: z.int().meta({
      description:
        'Greatest append time of the partition up to that frame: tells the log it lies in from one that was begun anew',
    }),
  })
  .meta({ id: 'SwitchRecord' });
export type SwitchRecord = z.infer<typeof SwitchRecord>;

export const RefusalRecord = z
  .object({
    type: z.literal('refusal'),
    stream: StreamName,
    partition: z.int().nonnegative(),
    version: ModelVersionName,
    problem: z.string(),
    announcedAt: z.string().optional().meta({
      description:
        'Of a version that failed while it served: createdAt of the champion record that is not followed any more, after a restart neither',
    }),
  })
  .meta({ id: 'RefusalRecord' });
export type RefusalRecord = z.infer<typeof RefusalRecord>;

export const ModelRecord = z
  .discriminatedUnion('type', [VersionRecord, ChampionRecord, SwitchRecord, RefusalRecord])
  .meta({
    title: 'Record of the topic models',
    examples: [
      {
        type: 'champion',
        stream: 'weather',
        version: 'cmamba-3f9a1c20d4e5',
        by: 'gate',
        reason: 'MAE 0.341 on the held-back slice, against 0.352 of kalman-0',
        createdAt: '2013-10-20T08:00:00.000Z',
      },
      {
        type: 'switch',
        stream: 'weather',
        partition: 2,
        version: 'cmamba-3f9a1c20d4e5',
        frameOffset: '4711',
        partitionTimeMs: 1_382_256_000_000,
      },
    ],
  });
export type ModelRecord = z.infer<typeof ModelRecord>;

/** Key in the compacted topic: one a version, a stream's champion, a switch, a refusal. */
export function modelRecordKey(record: ModelRecord): string {
  switch (record.type) {
    case 'version':
      return `${record.stream}/version/${record.version}`;
    case 'champion':
      return `${record.stream}/champion`;
    case 'switch':
      return `${record.stream}/switch/${record.partition}/${record.frameOffset}`;
    case 'refusal':
      return `${record.stream}/refusal/${record.partition}/${record.version}`;
  }
}
