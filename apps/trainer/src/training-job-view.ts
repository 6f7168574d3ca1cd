/** @file A BullMQ job as people see it, and back: names of jobs, problems in `failedReason`. Pure.
 *
 *  Law: `readProblem(writeProblem(error))` gives code and message back. A job's name is unique for ever: an id may
 *  come again (a client uses `nightly` every night; those that BullMQ counts begin again at 1 when Redis was wiped), so
 *  the name also has the time of the job: `nightly-1732440000000`. */
import type { Job } from 'bullmq';
import { z } from 'zod';
import {
  ErrorView,
  formatTime,
  isEventTime,
  TrainingJob,
  type TrainingJobView,
  TrainingProgress,
} from '#contracts';
import type { TrainingVerdict } from './training-run.js';

export type QueuedTraining = Job<unknown, TrainingVerdict>;
type NamedJob = Pick<QueuedTraining, 'id' | 'timestamp'>;

/** The name of a job for people, checkpoints and model versions. */
export function jobName({ id = '', timestamp }: NamedJob): string {
  return `${id}-${timestamp}`;
}

/** The BullMQ id behind a name; text that is no name is no id either. */
export function jobId(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('-')));
}

/** What is left of an error in Redis. */
export function writeProblem({ code, message }: ErrorView): string {
  return JSON.stringify({ code, message });
}

/** What `failedReason` says; text that is not ours (BullMQ's own words) becomes INTERNAL. */
export function readProblem(failedReason: string): ErrorView {
  try {
    const parsed = ErrorView.safeParse(JSON.parse(failedReason));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: somebody else's words.
  }
  return { code: 'INTERNAL', message: failedReason };
}

/** Where BullMQ has the job. */
export type QueueState = 'waiting' | 'active' | 'completed' | 'failed';

/** The view of a job, or null where its data is no training of any stream.
 *  @param running whether a run of it is known to be under way, whatever BullMQ believes */
export function viewOf(job: QueuedTraining, state: QueueState, running: boolean): TrainingJobView | null {
  const data = TrainingJob.safeParse(job.data);
  if (!data.success) return null;
  const progress = TrainingProgress.safeParse(job.progress);
  const problem = state === 'failed' ? readProblem(job.failedReason) : putOffBy(job, state);
  // A job that ends while it is looked at is newer than its state: an end is shown with what came of it, or not yet.
  const ended = state === 'completed' || state === 'failed';
  return {
    job: jobName(job),
    state: shownState(state, running, problem),
    requestedBy: data.data.requestedBy,
    requestedAt: formatTime(timeOf(job)),
    finishedAt: !ended || job.finishedOn === undefined ? null : formatTime(job.finishedOn),
    progress: progress.success ? progress.data : null,
    verdict: state === 'completed' ? job.returnvalue : null,
    problem,
  };
}

/** What a job waits for that has begun and cannot go on; it stands in the place of its progress. */
const PutOff = z.object({ putOff: ErrorView });
export type PutOff = z.infer<typeof PutOff>;

function putOffBy({ progress }: Pick<QueuedTraining, 'progress'>, state: QueueState): ErrorView | null {
  const parsed = PutOff.safeParse(progress);
  return state === 'waiting' && parsed.success ? parsed.data.putOff : null;
}

/** When it came to the queue. A client may write anything there: what is no time is told as 1970. */
function timeOf({ timestamp }: Pick<QueuedTraining, 'timestamp'>): number {
  return isEventTime(timestamp) ? timestamp : 0;
}

function shownState(
  state: QueueState,
  running: boolean,
  problem: ErrorView | null,
): TrainingJobView['state'] {
  switch (state) {
    case 'active':
      return 'running';
    case 'waiting':
      return running ? 'running' : 'waiting';
    case 'completed':
      return 'completed';
    case 'failed':
      return problem?.code === 'TRAINING_CANCELLED' ? 'cancelled' : 'failed';
  }
}
