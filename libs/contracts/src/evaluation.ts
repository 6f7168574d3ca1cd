/** @file An evaluation: what a frame says about the forecasts that were waiting for it. Topic `evaluations`. */
import { z } from 'zod';
import { ModelVersionName } from './model-version.js';
import { ChannelName, SeriesName, StreamName } from './names.js';
import { IsoTime } from './time.js';

/** Forecasts are judged at leads 1, 2, 4, ... and the horizon: one small ring a lead instead of every path. */
export function judgedLeads(horizon: number): number[] {
  const leads: number[] = [];
  for (let lead = 1; lead < horizon; lead *= 2) leads.push(lead);
  leads.push(horizon);
  return leads;
}

const byLead = <T extends z.ZodType>(item: T, description: string) =>
  z
    .array(z.union([item, z.null()]))
    .meta({ description: `${description}; one entry a lead, null: nothing to say` });

export const ChannelEvaluation = z
  .object({
    error: byLead(z.number(), 'Truth minus point'),
    inside: byLead(z.boolean(), 'Truth inside the interval'),
    mae: byLead(z.number(), 'Running mean absolute error of the version'),
    skill: byLead(
      z.number(),
      '1 - running MAE / running MAE of the seasonal naive forecast at the same truths',
    ),
    coverage: byLead(z.number(), 'Running share of truths inside the interval'),
  })
  .meta({ id: 'ChannelEvaluation', title: 'Evaluation of one channel' });
export type ChannelEvaluation = z.infer<typeof ChannelEvaluation>;

export const Evaluation = z
  .object({
    stream: StreamName,
    series: SeriesName,
    time: IsoTime.meta({ description: 'Time of the frame that is the truth' }),
    leads: z.array(z.int().positive()).meta({
      description: 'Leads in steps; the forecast judged at lead n has its origin n steps before `time`',
    }),
    versions: z.array(z.union([ModelVersionName, z.null()])).meta({
      description: 'Model version of the forecast judged at each lead; null: there was none',
    }),
    channels: z.record(ChannelName, ChannelEvaluation),
  })
  .meta({
    title: 'Evaluation',
    description:
      'Errors and coverage of earlier forecasts, one record a frame. Running figures begin anew with every version.',
    examples: [
      {
        stream: 'weather',
        series: 'EWR',
        time: '2013-01-05T07:00:00.000Z',
        leads: [1, 2],
        versions: ['kalman-0', null],
        channels: {
          temperature_f: {
            error: [0.12, null],
            inside: [true, null],
            mae: [0.9, null],
            skill: [0.4, null],
            coverage: [0.91, null],
          },
        },
      },
    ],
  });
export type Evaluation = z.infer<typeof Evaluation>;
