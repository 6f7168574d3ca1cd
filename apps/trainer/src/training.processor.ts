/** @file What becomes of one job that a BullMQ worker has taken: checked, given its turn, run, ended.
 *
 *  What is put right on a job that some other client put there:
 *  - without a priority: it overtook everybody; it gets the priority of whoever it says requests it (a person, if it
 *    says nothing) and goes back, to the head of those of the same priority;
 *  - wrong data, unknown stream: fails at once and for good, and says why;
 *  - with `attempts`: they do not count; only what may pass by itself is tried again (below).
 *
 *  How a run ends:
 *  - a verdict, or an error that waiting would not mend: written down under the job's name first, so that a run whose
 *    job BullMQ took back while Redis was away is not done again; then told to BullMQ;
 *  - cancelled: failed with TRAINING_CANCELLED, never tried again;
 *  - an error of fate `retry`: the job waits a while and goes on from its checkpoint, for as long as it takes; what it
 *    waits for stands in the job meanwhile, and is told;
 *  - this process ends: the job goes back to the head of the line, not failed, and goes on from its checkpoint;
 *  - another process has the stream now: nothing is said, the job is theirs. */
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import {
  describeError,
  describeIssues,
  type ErrorView,
  JOB_PRIORITY,
  RollcastError,
  type StreamDefinition,
  TrainingJob,
} from '#contracts';
import { type DefinitionSource, existingDefinition } from '#kafka';
import type { Cancellation } from './cancellation.js';
import { Interruption } from './interruption.js';
import type { Attempt, JobOutcome, OutcomeRecord } from './outcome-record.js';
import { ThrottledProgress } from './throttled-progress.js';
import { jobName, type PutOff, type QueuedTraining, writeProblem } from './training-job-view.js';
import type { TrainingRun, TrainingVerdict } from './training-run.js';
import type { StreamLock } from './stream-lock.js';

export interface ProcessorTimes {
  /** Between two reports of progress. */
  readonly progressEveryMs: number;
  /** Before a job looks again whether its stream is free. */
  readonly turnAfterMs: number;
  /** Before a job goes on after an error that may pass. */
  readonly retryAfterMs: number;
}

export interface ProcessorParts {
  readonly run: TrainingRun;
  readonly definitions: DefinitionSource;
  readonly cancellation: Cancellation;
  readonly outcomes: OutcomeRecord;
  /** Told of a run that waits until an error has passed. */
  onPutOff(job: string, problem: ErrorView): void;
  /** Takes the stream for a run, or null when another run has it. */
  takeStream(stream: string, job: string, token: string, onLost: () => void): Promise<StreamLock | null>;
  /** The data of the job as Redis has it now. */
  reread(job: QueuedTraining): Promise<unknown>;
  readonly times: ProcessorTimes;
}

export class TrainingProcessor {
  readonly #parts: ProcessorParts;
  readonly #running = new Set<Interruption>();
  #stopping = false;

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
  }

  /** BullMQ's processor function. */
  readonly process = async (job: QueuedTraining, token = ''): Promise<TrainingVerdict> => {
    try {
      return await this.#take(job, token);
    } catch (error) {
      if (isForBullMQ(error)) throw error;
      throw new UnrecoverableError(writeProblem(asProblem(error)));
    }
  };

  /** This process ends: every run is to write its checkpoint and leave. */
  stop(): void {
    this.#stopping = true;
    for (const run of this.#running) run.interrupt({ why: 'stop' });
  }

  async #take(job: QueuedTraining, token: string): Promise<TrainingVerdict> {
    const data = readData(job);
    if (job.priority === 0) {
      await job.changePriority({ priority: JOB_PRIORITY[data.requestedBy] });
      return backToWaiting(job, token);
    }
    const name = jobName(job);
    const ended = await this.#parts.outcomes.read(attemptOf(job));
    if (ended !== null) return verdictOf(ended);
    const wish = await this.#parts.cancellation.wished(name);
    if (wish !== null) return this.#end(job, { problem: asProblem(cancelledBecause(wish)) });
    const definition = await existingDefinition(this.#parts.definitions, data.stream, Infinity);

    const interruption = new Interruption();
    const lost = () => interruption.interrupt({ why: 'lost' });
    const lock = await this.#parts.takeStream(data.stream, name, token, lost);
    if (lock === null) return later(job, token, this.#parts.times.turnAfterMs);
    this.#running.add(interruption);
    try {
      if (this.#stopping) interruption.interrupt({ why: 'stop' });
      return await this.#run(job, token, definition, interruption);
    } finally {
      this.#running.delete(interruption);
      await lock.release();
    }
  }

  async #run(
    job: QueuedTraining,
    token: string,
    definition: StreamDefinition,
    interruption: Interruption,
  ): Promise<TrainingVerdict> {
    const { run, cancellation, times } = this.#parts;
    const name = jobName(job);
    // From here on a request for the stream is the next job. What joined this one until now is in its data.
    await job.removeDeduplicationKey();
    const { seed = definition.retraining.seed } = readData({ data: await this.#parts.reread(job) });
    const progress = new ThrottledProgress(job.updateProgress.bind(job), times.progressEveryMs);
    const unwatch = cancellation.watch(name, (reason) => interruption.interrupt({ why: 'cancel', reason }));
    let outcome: JobOutcome;
    try {
      interruption.signal.throwIfAborted();
      const verdict = await run({
        job: name,
        stream: definition,
        seed,
        signal: interruption.signal,
        onProgress: (report) => progress.report(report),
      });
      outcome = { verdict };
    } catch (error) {
      const cause = interruption.cause;
      if (cause?.why === 'stop') return await backToWaiting(job, token);
      if (cause?.why === 'lost') throw new DelayedError();
      const problem = cause?.why === 'cancel' ? cancelledBecause(cause.reason) : error;
      if (problem instanceof RollcastError && problem.fate === 'retry') {
        await progress.flush();
        return await this.#putOff(job, token, asProblem(problem));
      }
      outcome = { problem: asProblem(problem) };
    } finally {
      unwatch();
    }
    await progress.flush();
    return this.#end(job, outcome);
  }

  async #putOff(job: QueuedTraining, token: string, problem: ErrorView): Promise<never> {
    this.#parts.onPutOff(jobName(job), problem);
    await job.updateProgress({ putOff: problem } satisfies PutOff);
    return later(job, token, this.#parts.times.retryAfterMs);
  }

  /** Writes down how the attempt ended, then says it to BullMQ. */
  async #end(job: QueuedTraining, outcome: JobOutcome): Promise<TrainingVerdict> {
    await this.#parts.outcomes.write(attemptOf(job), outcome);
    await this.#parts.cancellation.forget(jobName(job));
    return verdictOf(outcome);
  }
}

function readData(job: Pick<Job<unknown>, 'data'>): TrainingJob {
  const parsed = TrainingJob.safeParse(job.data);
  if (parsed.success) return parsed.data;
  throw new RollcastError('INVALID_REQUEST', {
    problem: `the data of this job is no training: ${describeIssues(parsed.error)}`,
  });
}

function attemptOf(job: QueuedTraining): Attempt {
  return { job: jobName(job), attempt: job.attemptsMade };
}

function cancelledBecause(reason: string): RollcastError {
  return new RollcastError('TRAINING_CANCELLED', { reason });
}

async function backToWaiting(job: QueuedTraining, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

async function later(job: QueuedTraining, token: string, afterMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + afterMs, token);
  throw new DelayedError();
}

function asProblem(error: unknown): ErrorView {
  const known =
    error instanceof RollcastError
      ? error
      : new RollcastError('INTERNAL', { problem: describeError(error) }, error);
  return { code: known.code, message: known.message };
}

/** @throws UnrecoverableError where the run ended with a problem */
function verdictOf(outcome: JobOutcome): TrainingVerdict {
  if ('problem' in outcome) throw new UnrecoverableError(writeProblem(outcome.problem));
  return outcome.verdict;
}

/** These tell BullMQ what we have done with the job, or what it must do. */
function isForBullMQ(error: unknown): boolean {
  return (
    error instanceof DelayedError || error instanceof WaitingError || error instanceof UnrecoverableError
  );
}
