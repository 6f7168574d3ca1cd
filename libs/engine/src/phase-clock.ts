/** @file Which phase of a training runs, for people, and how long each took. */
import { NO_PROGRESS, type TrainingProgress } from '#contracts';
import type { FitProgress } from './fit-cmamba.js';

type Phase = TrainingProgress['phase'];

export class PhaseClock {
  private readonly spent: Record<Phase, number> = {
    history: 0,
    baselines: 0,
    training: 0,
    judging: 0,
    storing: 0,
  };
  private since = performance.now();
  private latest = NO_PROGRESS;

  constructor(private readonly onProgress: (progress: TrainingProgress) => void) {}

  enter(phase: Phase): void {
    this.close();
    this.say({ ...this.latest, phase, secondsLeft: null });
  }

  tell(progress: FitProgress): void {
    this.say({ phase: this.latest.phase, ...progress });
  }

  judged(share: number): void {
    this.onProgress({ ...this.latest, judged: share });
  }

  seconds(): Record<Phase, number> {
    this.close();
    return this.spent;
  }

  private say(progress: TrainingProgress): void {
    this.latest = progress;
    this.onProgress(progress);
  }

  private close(): void {
    const now = performance.now();
    this.spent[this.latest.phase] += (now - this.since) / 1000;
    this.since = now;
  }
}
