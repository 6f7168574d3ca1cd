/** @file The definition of a stream: what people `PUT`, with its defaults. Topic `streams`, compacted.
 *
 *  Law: `StreamDefinition.parse` of its own output gives the same again, so the stored form needs no history: defaults
 *  are filled in before anything is checked across fields, and a default always fits what was said. Every duration is
 *  bounded, so that event times plus or minus any of them stay dates.
 *  What a definition says about the network's size in memory is computed by `libs/cmamba`, not here. */
import { z } from 'zod';
import { durationBetween, durationMs, formatDuration } from './duration.js';
import { ChannelName, StreamName } from './names.js';
import { Seed } from './training-job.js';

export const ChannelDefinition = z
  .strictObject({
    name: ChannelName,
    unit: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'For people only', examples: ['°F'] }),
    min: z
      .number()
      .optional()
      .meta({ description: 'Smallest plausible value; anything below is a dead letter' }),
    max: z
      .number()
      .optional()
      .meta({ description: 'Largest plausible value; anything above is a dead letter' }),
    decimals: z.int().min(0).max(9).default(3).meta({ description: 'Digits after the point on the wire' }),
    aggregate: z
      .enum(['mean', 'last'])
      .default('mean')
      .meta({ description: 'What a frame holds when several readings fall into one step' }),
  })
  .refine((channel) => channel.min === undefined || channel.max === undefined || channel.min < channel.max, {
    error: 'min must be below max',
    path: ['min'],
  })
  .meta({ id: 'ChannelDefinition', title: 'Channel' });
export type ChannelDefinition = z.infer<typeof ChannelDefinition>;

const Model = z
  .strictObject({
    size: z.enum(['small', 'base']).default('small').meta({ description: 'Width of the CMamba network' }),
    memory: z.int().min(24).max(192).multipleOf(2).default(48).meta({
      description:
        'Commits that a recurrent state lives (M); its first forecast comes after lookback + 8 * M / 2 frames',
    }),
  })
  .meta({ id: 'ModelPolicy' });

const Schedule = z.union([
  z.strictObject({ every: durationBetween('1s', '366d', 'Time between two trainings') }),
  z.strictObject({
    cron: z
      .string()
      .min(9)
      .max(120)
      .meta({ description: 'Cron expression of five or six fields', examples: ['0 3 * * *'] }),
    timezone: z.string().max(64).default('UTC'),
  }),
]);

const Retraining = z
  .strictObject({
    schedule: z
      .union([Schedule, z.null()])
      .default(null)
      .meta({ description: 'When to retrain without being asked' }),
    epochs: z.int().min(1).max(200).default(8),
    stepsPerEpoch: z.int().min(1).max(10_000).default(60),
    patience: z
      .int()
      .min(1)
      .max(200)
      .default(3)
      .meta({ description: 'Epochs without a better validation before stopping' }),
    segmentsPerStep: z.int().min(1).max(128).default(8),
    timeBudget: z
      .union([durationBetween('1s', '31d', 'Time that epochs may take together'), z.null()])
      .default(null)
      .meta({
        description: 'Training stops at the end of the epoch in which this much time is spent; null: never',
      }),
    validation: z
      .number()
      .min(0.05)
      .max(0.4)
      .default(0.15)
      .meta({ description: 'Share of the history that selects the epoch' }),
    heldBack: z
      .number()
      .min(0.05)
      .max(0.4)
      .default(0.15)
      .meta({ description: 'Newest share of the history, seen by no training, on which the gate judges' }),
    maxSteps: z
      .union([z.int().min(500), z.null()])
      .default(null)
      .meta({
        description: 'Train on at most so many of the newest grid steps; null: on all that Kafka holds',
      }),
    seed: Seed.default(1),
  })
  .meta({ id: 'RetrainingPolicy' });

/** A day where the frequency divides it into at most 288 steps, else none. */
export function defaultSeason(frequencyMs: number): number | null {
  const day = durationMs('1d');
  const steps = day / frequencyMs;
  return Number.isInteger(steps) && steps >= 2 && steps <= 288 ? steps : null;
}

/** A series outlives its own lookback, and a month at least; whole days. */
function defaultExpiry(lookbackMs: number): string {
  const day = durationMs('1d');
  return formatDuration(Math.max(30, Math.ceil((2 * lookbackMs) / day)) * day);
}

const body = {
  channels: z.array(ChannelDefinition).min(1).max(64),
  frequency: durationBetween('1ms', '31d', 'Length of a grid step'),
  lookback: z
    .int()
    .min(8)
    .max(2_000)
    .default(96)
    .meta({ description: 'Steps that a forecast looks back directly' }),
  horizon: z.int().min(1).max(1_000).default(24).meta({ description: 'Steps that a forecast looks ahead' }),
  season: z
    .union([z.int().min(2).max(2_000), z.null()])
    .optional()
    .meta({ description: 'Steps of a season; left out: a day where it has 2 to 288 steps; null: none' }),
  lateness: durationBetween(
    '0s',
    '3660d',
    'How long after a step its readings may still come, in event time. A step closes with the first reading this far behind its end, so more lateness is a later forecast',
  ).default('0s'),
  maxAhead: durationBetween(
    '0s',
    '366d',
    'A time further ahead of its Kafka record than this is absurd',
  ).default('1h'),
  maxGap: z.int().min(1).max(100_000).optional().meta({
    description: 'After a gap of more steps than this a series starts anew; left out: the lookback',
  }),
  every: z.int().min(1).max(10_000).default(1).meta({ description: 'A forecast every so many grid steps' }),
  expireAfter: durationBetween(
    '1ms',
    '366000d',
    'A series that is silent for so long, by the log, is forgotten; at least the lookback. Left out: 30d, or two lookbacks where they are longer',
  ).optional(),
  model: Model.prefault({}),
  retraining: Retraining.prefault({}),
};

const EXAMPLE = {
  channels: [{ name: 'temperature', unit: '°C', min: -40, max: 60 }],
  frequency: '15m',
  horizon: 96,
} as const;

/** What becomes of the example above. */
const STORED_EXAMPLE = {
  stream: 'weather',
  channels: [{ name: 'temperature', unit: '°C', min: -40, max: 60, decimals: 3, aggregate: 'mean' }],
  frequency: '15m',
  lookback: 96,
  horizon: 96,
  season: 96,
  lateness: '0s',
  maxAhead: '1h',
  maxGap: 96,
  every: 1,
  expireAfter: '30d',
  model: { size: 'small', memory: 48 },
  retraining: {
    schedule: null,
    epochs: 8,
    stepsPerEpoch: 60,
    patience: 3,
    segmentsPerStep: 8,
    timeBudget: null,
    validation: 0.15,
    heldBack: 0.15,
    maxSteps: null,
    seed: 1,
  },
} as const;

/** What people send. The name comes from the path; a body that was read before may hold it. */
export const StreamDefinitionInput = z
  .strictObject({ stream: StreamName.optional(), ...body })
  .meta({ title: 'Stream definition as it is sent', examples: [EXAMPLE] });
export type StreamDefinitionInput = z.input<typeof StreamDefinitionInput>;

export const StreamDefinition = z
  .strictObject({ stream: StreamName, ...body })
  .meta({
    title: 'Stream definition',
    description: 'As it is stored: every field that was left out holds its default.',
    examples: [STORED_EXAMPLE],
  })
  .transform((definition) => {
    const { season, maxGap, expireAfter, frequency, lookback } = definition;
    return {
      ...definition,
      season: season === undefined ? defaultSeason(durationMs(frequency)) : season,
      maxGap: maxGap ?? lookback,
      expireAfter: expireAfter ?? defaultExpiry(lookback * durationMs(frequency)),
    };
  })
  .superRefine((definition, context) => {
    const refuse = (field: string, message: string) => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    const names = definition.channels.map((channel) => channel.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) refuse('channels', `channel "${twice}" is defined twice`);
    if (definition.retraining.validation + definition.retraining.heldBack > 0.6) {
      refuse(
        'retraining',
        'validation and heldBack together leave less than 40 % of the history for training',
      );
    }
    const lookback = definition.lookback * durationMs(definition.frequency);
    if (durationMs(definition.expireAfter) < lookback) {
      refuse('expireAfter', `must be at least the lookback (${formatDuration(lookback)})`);
    }
  });
export type StreamDefinition = z.output<typeof StreamDefinition>;

/** What a state, a stored frame and a fitted version mean depends on these: an existing stream keeps them. */
export function fixedFields(definition: StreamDefinition): Readonly<Record<string, unknown>> {
  const { frequency, lookback, horizon, season, model, channels } = definition;
  return {
    frequency: durationMs(frequency),
    lookback,
    horizon,
    season,
    'model.memory': model.memory,
    channels: channels.map(({ name }) => name),
  };
}

/** Fields of an existing stream that the new definition would change and may not. Empty: the change is allowed. */
export function conflictingFields(before: StreamDefinition, after: StreamDefinition): string[] {
  const [was, is] = [fixedFields(before), fixedFields(after)];
  return Object.keys(was).filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]));
}
