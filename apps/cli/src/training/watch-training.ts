/** @file Follows a training to its end.
 *
 *  Law: it returns only what is final; every change on the way is told once a poll at most. */
import type { TrainingJobView, TrainingProgress } from '#contracts';
import { pause } from '#platform';
import { error, seconds } from '../terminal/figures.js';

/** The one question that it asks; met by `RollcastApi`. */
export interface TrainingJobs {
  trainingJob(stream: string, job: string): Promise<TrainingJobView>;
}

const POLL_MS = 500;

/** @param onChange told with every answer, the last one included */
export async function watchTraining(
  jobs: TrainingJobs,
  { stream, job }: { readonly stream: string; readonly job: string },
  onChange: (view: TrainingJobView) => void,
  signal: AbortSignal,
  pollMs = POLL_MS,
): Promise<TrainingJobView> {
  for (;;) {
    const view = await jobs.trainingJob(stream, job);
    onChange(view);
    if (view.state !== 'waiting' && view.state !== 'running') return view;
    await pause(pollMs, signal);
  }
}

/** How far a job is, for a progress bar. */
export function progressOf(view: TrainingJobView): { readonly share: number | null; readonly note: string } {
  if (view.state === 'waiting') {
    return { share: null, note: view.problem?.message ?? 'waiting for its turn' };
  }
  const { progress } = view;
  if (progress === null) return { share: null, note: view.state };
  return { share: shareOf(progress), note: trainingNote(progress) };
}

/** Of the phase; null: nobody knows how much is left of it. */
export function shareOf({ phase, step, steps, judged }: TrainingProgress): number | null {
  if (phase === 'judging') return judged ?? null;
  return phase !== 'training' || steps === 0 ? null : step / steps;
}

const PHASES: Readonly<Record<TrainingProgress['phase'], string>> = {
  history: 'reading the history',
  baselines: 'fitting the baselines',
  training: '',
  judging: 'judging on the slice that was held back',
  storing: 'storing the version',
};

/** What is done, in words that leave room for the time in eighty columns. */
export function trainingNote(progress: TrainingProgress): string {
  const { phase, epoch, epochs, loss, secondsLeft } = progress;
  if (phase !== 'training') return PHASES[phase];
  if (epochs === 0) return 'compiling the network';
  return [
    `epoch ${epoch} of ${epochs}`,
    ...(loss === null ? [] : [`loss ${error(loss)}`]),
    ...(secondsLeft === null ? [] : [`${seconds(secondsLeft)} left`]),
  ].join(', ');
}

/** How a job ended, in a sentence; and whether it did what it was asked. */
export function outcomeOf({ state, verdict, problem }: TrainingJobView): {
  readonly done: boolean;
  readonly sentence: string;
} {
  if (state === 'completed' && verdict !== null) {
    const { promoted, version, reason } = verdict;
    return {
      done: true,
      sentence: `${promoted ? `${version} serves from the next frame on` : `${version} is not taken`}: ${reason}`,
    };
  }
  const why = problem === null ? '' : `: ${problem.message} (${problem.code})`;
  return {
    done: false,
    sentence: `the training has ${state}${why}`.replace('has cancelled', 'was cancelled'),
  };
}
