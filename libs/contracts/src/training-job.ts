/** @file A training job: the data of a BullMQ job on the queue `training`, whoever puts it there. */
import { z } from 'zod';
import { StreamName } from './names.js';

export const REQUESTERS = ['person', 'drift', 'schedule'] as const;
export type Requester = (typeof REQUESTERS)[number];

/** Of a training: everything that it draws follows from it. */
export const Seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

export const TrainingJob = z
  .object({
    stream: StreamName,
    requestedBy: z.enum(REQUESTERS).default('person'),
    seed: Seed.optional().meta({ description: 'Instead of the seed of the definition' }),
  })
  .meta({
    title: 'Training job',
    description:
      'Data of a job on the BullMQ queue `training`: refit the models of one stream on all its frames.',
    examples: [{ stream: 'weather', requestedBy: 'person' }],
  });
export type TrainingJob = z.infer<typeof TrainingJob>;

/** BullMQ runs a job without priority before priority 1, so every job gets one: people first. */
export const JOB_PRIORITY: Readonly<Record<Requester, number>> = { person: 1, drift: 2, schedule: 3 };

/** What a job reports while it runs. */
export const TrainingProgress = z
  .object({
    phase: z.enum(['history', 'baselines', 'training', 'judging', 'storing']),
    epoch: z.int().nonnegative(),
    epochs: z.int().nonnegative(),
    step: z.int().nonnegative().meta({ description: 'Training steps taken in all epochs so far' }),
    steps: z.int().nonnegative().meta({ description: 'Training steps of the whole run at most' }),
    loss: z.union([z.number(), z.null()]),
    validation: z
      .union([z.number(), z.null()])
      .meta({ description: 'Best validation MAE so far, standardised scale' }),
    secondsLeft: z.union([z.number(), z.null()]),
    judged: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'While judging: share of the held-back slice that is judged' }),
  })
  .meta({ title: 'Progress of a training job' });
export type TrainingProgress = z.infer<typeof TrainingProgress>;

/** Of a job that has only begun: its history is read. */
export const NO_PROGRESS: TrainingProgress = {
  phase: 'history',
  epoch: 0,
  epochs: 0,
  step: 0,
  steps: 0,
  loss: null,
  validation: null,
  secondsLeft: null,
};
