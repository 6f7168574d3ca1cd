/** @file What the page says about training and warming up, as sentences. Pure: figures in, words out. */
import { type TrainingJobView, type TrainingProgress } from '#contracts';
import { kindLabel, kindOfVersion } from './model-names.js';
import { formatCount, formatError } from './numbers.js';
import { duration } from './time.js';
import { COLD_START } from './version-rows.js';

const PHASES: Readonly<Record<TrainingProgress['phase'], string>> = {
  history: 'reading the history',
  baselines: 'fitting the baselines',
  training: 'fitting CMamba',
  judging: 'judging on the held-back slice',
  storing: 'storing the version',
};

/** How far a phase is, 0 to 1: steps of all steps, or what is judged. Null where nobody counts. */
export function trainingFraction(progress: TrainingProgress | null): number | null {
  if (progress?.phase === 'judging') return progress.judged ?? null;
  if (progress === null || progress.phase !== 'training' || progress.steps === 0) return null;
  return Math.min(1, progress.step / progress.steps);
}

/** @example 'fitting CMamba · epoch 3 of 8 · loss 0.412 · validation MAE 0.398 · 40 s left' */
export function progressSentence(progress: TrainingProgress | null): string {
  if (progress === null) return 'starting';
  const parts = [PHASES[progress.phase]];
  if (progress.phase === 'training') {
    if (progress.epochs > 0) parts.push(`epoch ${progress.epoch} of ${progress.epochs}`);
    if (progress.loss !== null) parts.push(`loss ${formatError(progress.loss)}`);
    if (progress.validation !== null) parts.push(`validation MAE ${formatError(progress.validation)}`);
  }
  if (progress.secondsLeft !== null) parts.push(`${duration(progress.secondsLeft)} left`);
  return parts.join(' · ');
}

/** What came of a job, or what it waits for. */
export function jobSentence(job: TrainingJobView): string {
  switch (job.state) {
    case 'waiting':
      return job.problem?.message ?? 'waiting for a trainer';
    case 'running':
      return progressSentence(job.progress);
    case 'completed':
    case 'failed':
    case 'cancelled':
      return job.verdict?.reason ?? job.problem?.message ?? '';
  }
}

/** Whether a first training is possible yet.
 *  @param have grid steps of the stream's longest series
 *  @param need grid steps that a training needs */
export function readinessSentence(have: number, need: number): string {
  if (have >= need) {
    return `No model is trained yet; there are enough frames for a training (it needs ${formatCount(need)}).`;
  }
  return `${formatCount(have)} of ${formatCount(need)} frames until a training is possible.`;
}

/** Frames of one series: seen, and needed. */
export interface Wait {
  readonly have: number;
  readonly need: number;
}

/** What a series still waits for; null: nothing.
 *  @param warmingUp what its newest forecast says of the champion
 *  @param champion null: not known yet
 *  @param steps grid steps of the series; null: it is not listed yet
 *  @param firstCMamba frames of a series before its first CMamba forecast: what it waits for under the cold start */
export function waitOf(
  warmingUp: Wait | null,
  champion: string | null,
  steps: number | null,
  firstCMamba: number,
): Wait | null {
  if (warmingUp !== null) return warmingUp;
  if (champion !== COLD_START || steps === null || steps >= firstCMamba) return null;
  return { have: steps, need: firstCMamba };
}

/** @param answering kind of the forecaster that answers meanwhile */
export function waitSentence({ have, need }: Wait, champion: string | null, answering: string): string {
  const untrained = champion === COLD_START;
  const name = champion === null || untrained ? 'CMamba' : kindLabel(kindOfVersion(champion));
  return (
    `${formatCount(have)} of ${formatCount(need)} frames until the first ${name} forecast` +
    `${untrained ? ', once a training has put one in charge' : ''}; ` +
    `${kindLabel(answering)} answers until then.`
  );
}
