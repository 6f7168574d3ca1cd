/** @file Names in Redis, all under one prefix: those of BullMQ's two queues, and our own beside them.
 *
 *  Law: our own keys begin with `<prefix>:trainer:`, BullMQ's with `<prefix>:<queue>:`; nothing else is touched. */

/** The queue that anyone may put a training on. */
export const TRAINING_QUEUE = 'training';
/** The queue whose only jobs are due schedules; each becomes a request on the other one. */
export const SCHEDULE_QUEUE = 'training-schedules';

export class TrainerKeys {
  constructor(readonly prefix: string) {}

  /** Who trains the stream now. */
  lock(stream: string): string {
    return `${this.prefix}:trainer:lock:${stream}`;
  }

  /** Why a job is to be cancelled. */
  cancel(job: string): string {
    return `${this.prefix}:trainer:cancel:${job}`;
  }

  /** Channel on which cancelled jobs are called out. */
  get cancelCalls(): string {
    return `${this.prefix}:trainer:cancel`;
  }

  /** How a run ended, until BullMQ has it too. */
  outcome(job: string): string {
    return `${this.prefix}:trainer:outcome:${job}`;
  }

  /** Stands for as long as Redis was not wiped since it was told the schedules. */
  get schedulesKept(): string {
    return `${this.prefix}:trainer:schedules-kept`;
  }

  /** Jobs of a stream that were cancelled before they began. */
  cancelled(stream: string): string {
    return `${this.prefix}:trainer:cancelled:${stream}`;
  }
}
