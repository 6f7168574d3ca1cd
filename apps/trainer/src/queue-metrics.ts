/** @file How long the line is, for Prometheus. */
import type { TrainingQueue } from './training-queue.js';

/** The part of the metrics that is asked; met by Metrics of `#platform`. */
export interface GaugeMaker {
  gauge(
    name: string,
    help: string,
    labelNames: readonly 'state'[],
    collect: (gauge: { set(labels: { state: string }, value: number): void; reset(): void }) => Promise<void>,
  ): unknown;
}

/** Registers `rollcast_training_jobs{state}`, counted when somebody asks. While Redis is away there is no figure. */
export function registerQueueMetrics(metrics: GaugeMaker, queue: Pick<TrainingQueue, 'counts'>): void {
  const help = 'Training jobs in the queue by state, of all streams';
  metrics.gauge('rollcast_training_jobs', help, ['state'], async (gauge) => {
    try {
      for (const [state, count] of Object.entries(await queue.counts())) gauge.set({ state }, Number(count));
    } catch {
      gauge.reset();
    }
  });
}
