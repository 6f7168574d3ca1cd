/** @file What a runner says about itself.
 *
 *  Law: `running` means that the consumer is in its group and no partition is in trouble; a rebalance alone, and the
 *  fence by which a partition moves, is no trouble; the reason of a `waiting` is the newest problem. */
import { describeError, type RollcastError } from '#contracts';

export interface RunnerView {
  readonly state: 'starting' | 'running' | 'waiting' | 'stopped';
  /** Milliseconds since 1970. */
  readonly since: number;
  /** null unless waiting, or stopped by an error. */
  readonly reason: string | null;
}

export class RunnerHealth {
  readonly #tell: (health: RunnerView) => void;
  readonly #now: () => number;
  readonly #partitionsDown = new Map<number, RollcastError>();
  #consumerDown: RollcastError | null = null;
  #everRan = false;
  #stopped: { readonly error: RollcastError | null } | null = null;
  #current: RunnerView;

  constructor(tell: (health: RunnerView) => void, now: () => number = Date.now) {
    this.#tell = tell;
    this.#now = now;
    this.#current = { state: 'starting', since: now(), reason: null };
  }

  get current(): RunnerView {
    return this.#current;
  }

  consumerDown(error: RollcastError): void {
    this.#consumerDown = error;
    this.#update();
  }

  consumerUp(): void {
    this.#consumerDown = null;
    this.#update();
  }

  partitionDown(partition: number, error: RollcastError): void {
    this.#partitionsDown.set(partition, error);
    this.#update();
  }

  /** It is open, or not ours any more. */
  partitionUp(partition: number): void {
    this.#partitionsDown.delete(partition);
    this.#update();
  }

  /** Every partition of this process is open (or it has none). */
  allOpen(): void {
    this.#everRan = true;
    this.#update();
  }

  stopped(error: RollcastError | null): void {
    this.#stopped ??= { error };
    this.#update();
  }

  #update(): void {
    const next = this.#judge();
    if (next.state === this.#current.state && next.reason === this.#current.reason) return;
    this.#current = { ...next, since: this.#now() };
    this.#tell(this.#current);
  }

  #judge(): Pick<RunnerView, 'state' | 'reason'> {
    if (this.#stopped !== null) {
      const { error } = this.#stopped;
      return { state: 'stopped', reason: error === null ? null : describeError(error) };
    }
    const problem = this.#consumerDown ?? [...this.#partitionsDown.values()].at(-1) ?? null;
    if (problem !== null) return { state: 'waiting', reason: describeError(problem) };
    return { state: this.#everRan ? 'running' : 'starting', reason: null };
  }
}

/** Is the end of a partition only its way to another owner? In a rebalance the new one may fence the old one before that
 *  has heard of it. When it comes again before anything was committed, two processes fight, and that is trouble.
 *  @param attempt failures in a row before this one */
export function isMove(error: RollcastError, attempt: number): boolean {
  return error.fate === 'release' && attempt === 0;
}
