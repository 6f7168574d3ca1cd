/** @file A training while readings trickle on, until the predictor has switched to what came of it.
 *
 *  Law: the trickle ends with the switch, or with the verdict where nothing is to be switched to; a verdict that never
 *  comes is a failure with the trainer's words. */
import { durationMs, type StreamDefinition, type TrainingJobView } from '#contracts';
import { KafkaAdmin, type KafkaClient } from '#kafka';
import { pause } from '#platform';
import type { Context } from '../context.js';
import { CommandFailed } from '../failures.js';
import type { RollcastApi } from '../http/rollcast-api.js';
import type { Replay } from '../replay/replay.js';
import { Progress } from '../terminal/progress.js';
import { outcomeOf, progressOf, watchTraining } from '../training/watch-training.js';
import { untilSwitched } from './switched.js';

export interface MeanwhileRequest {
  readonly context: Context;
  readonly api: RollcastApi;
  readonly client: KafkaClient;
  readonly replay: Replay;
  readonly definition: StreamDefinition;
  readonly series: readonly string[];
  /** Event time of the last reading; milliseconds. */
  readonly end: number;
}

export async function trainMeanwhile(request: MeanwhileRequest): Promise<TrainingJobView> {
  const { context, api, replay, definition, end } = request;
  const { console, signal } = context;
  const { stream } = definition;
  const asked = await api.requestTraining(stream);
  console.say(`training ${asked.job} is on the queue; readings trickle on`);
  const enough = new AbortController();
  const trickle = replay
    .run({ speed: trickleSpeed(replay, definition, end), signal: AbortSignal.any([signal, enough.signal]) })
    .catch((error: unknown) => {
      if (!enough.signal.aborted) throw error;
    });
  const progress = new Progress(console, 'training');
  const training = watchTraining(
    api,
    { stream, job: asked.job },
    (view) => {
      const { share, note } = progressOf(view);
      progress.update(share, note);
    },
    signal,
  ).then(async (view) => {
    const { done, sentence } = outcomeOf(view);
    progress.clear();
    if (!done) throw new CommandFailed(sentence);
    console.say(sentence);
    if (view.verdict?.promoted === true) {
      const { version } = view.verdict;
      const switched = await switchedOrEnded(request, version);
      console.say(switched ? `the predictor has switched to ${version}` : 'the file ended before the switch');
    }
    return view;
  });
  try {
    // A broker that refuses readings ends the waiting, too.
    const [view] = await Promise.all([training.finally(() => enough.abort()), trickle]);
    return view;
  } finally {
    progress.clear();
    enough.abort();
    await trickle.catch(() => undefined);
  }
}

/** A grid step a second, or slower where the file would end before the training does. */
export function trickleSpeed(
  { next }: Pick<Replay, 'next'>,
  { frequency }: Pick<StreamDefinition, 'frequency'>,
  end: number,
): number {
  const left = Math.max(1, end - (next?.time ?? end));
  return Math.min(durationMs(frequency) / 1_000, (left * LEFT_FOR_TRICKLE) / TRAINING_MS);
}

/** Of what is left of the file, and how long a training may take while it is used up. */
const LEFT_FOR_TRICKLE = 0.5;
const TRAINING_MS = 180_000;

/** Time for the last readings to pass through. */
const LAST_CHANCE_MS = 15_000;

/** @returns false when the file has ended: without a frame to come, nothing will be switched. */
async function switchedOrEnded(request: MeanwhileRequest, version: string): Promise<boolean> {
  const { context, client, replay, definition, series } = request;
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const partitions = await partitionsOf(client);
  const switched = untilSwitched(client, { stream: definition.stream, series, version, partitions, signal });
  const ended = async () => {
    while (!replay.done) await pause(500, signal);
    await pause(LAST_CHANCE_MS, signal);
  };
  const outcomes = [switched.then(() => true), ended().then(() => false)];
  try {
    return await Promise.race(outcomes);
  } finally {
    over.abort();
    await Promise.allSettled(outcomes);
  }
}

async function partitionsOf(client: KafkaClient): Promise<number> {
  const admin = new KafkaAdmin(client);
  try {
    return (await admin.bounds('frames')).length;
  } finally {
    await admin.close();
  }
}
