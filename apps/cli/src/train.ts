/** @file Asks for a training and, if wanted, waits for its verdict. */
import type { Context } from './context.js';
import { CommandFailed } from './failures.js';
import { RollcastApi } from './http/rollcast-api.js';
import { minute } from './terminal/figures.js';
import { Progress } from './terminal/progress.js';
import { outcomeOf, progressOf, watchTraining } from './training/watch-training.js';

export interface TrainOptions {
  readonly wait?: true;
  readonly seed?: number;
  readonly url: string;
  readonly json?: true;
}

export async function train(
  { console, signal }: Context,
  stream: string,
  options: TrainOptions,
): Promise<void> {
  const api = new RollcastApi(options.url, signal);
  const asked = await api.requestTraining(stream, options.seed);
  console.say(`training ${asked.job} of "${stream}" is on the queue`);
  if (options.wait !== true) {
    console.print(options.json === true ? JSON.stringify(asked, null, 2) : asked.job);
    return;
  }
  const progress = new Progress(console, 'training');
  const onChange = (view: typeof asked) => {
    const { share, note } = progressOf(view);
    progress.update(share, note);
  };
  const ended = await watchTraining(api, { stream, job: asked.job }, onChange, signal).finally(() =>
    progress.clear(),
  );
  const { done, sentence } = outcomeOf(ended);
  if (options.json === true) console.print(JSON.stringify(ended, null, 2));
  if (!done) throw new CommandFailed(sentence);
  if (options.json !== true) console.print(sentence);
  const seen = (await api.models(stream)).versions.find(({ job }) => job === ended.job)?.framesUntil;
  // Behind a replay ingest may still be at work: a training takes the frames that are there when it begins.
  if (seen !== undefined)
    console.say(`it has seen frames up to ${minute(seen)}, those that were there when it began`);
}
