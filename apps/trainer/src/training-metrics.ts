/** @file What became of trainings, and how long each phase took, for Prometheus. */
import type { TrainingProgress } from '#contracts';

type Ending = 'promoted' | 'rejected' | 'failed' | 'cancelled';

/** The part of the metrics that is asked; met by Metrics of `#platform`. */
export interface CounterMaker {
  counter(
    name: string,
    help: string,
    labelNames: readonly 'verdict'[],
  ): { inc(labels: { verdict: Ending }, by?: number): void };
  histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly 'phase'[],
  ): { observe(labels: { phase: string }, seconds: number): void };
}

/** A small stream trains in seconds, a large one in an hour. */
const BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000];

export class TrainingMetrics {
  readonly #endings: ReturnType<CounterMaker['counter']>;
  readonly #phases: ReturnType<CounterMaker['histogram']>;

  /** Registers `rollcast_trainings_total{verdict}` and `rollcast_training_phase_seconds{phase}`. */
  constructor(metrics: CounterMaker) {
    this.#endings = metrics.counter('rollcast_trainings_total', 'Trainings that ended in this process', [
      'verdict',
    ]);
    // Present from the start, so that the first failure is an increase.
    for (const verdict of ['promoted', 'rejected', 'failed', 'cancelled'] as const) {
      this.#endings.inc({ verdict }, 0);
    }
    const help = 'Seconds of a phase of one training, in the run that came to the verdict';
    this.#phases = metrics.histogram('rollcast_training_phase_seconds', help, BUCKETS, ['phase']);
  }

  decided(promoted: boolean, seconds: Readonly<Record<TrainingProgress['phase'], number>>): void {
    this.#endings.inc({ verdict: promoted ? 'promoted' : 'rejected' });
    for (const [phase, spent] of Object.entries(seconds)) this.#phases.observe({ phase }, spent);
  }

  failed(code: string): void {
    this.#endings.inc({ verdict: code === 'TRAINING_CANCELLED' ? 'cancelled' : 'failed' });
  }
}
