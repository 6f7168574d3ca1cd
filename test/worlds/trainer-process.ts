/** @file A real trainer as specs use it: its process, and what they ask of it over HTTP. */
import { ModelsView, TrainingJobView } from '#contracts';
import type { ServiceProcess } from './processes.js';
import { until } from '../until.js';

export class TrainerProcess {
  constructor(readonly service: ServiceProcess) {}

  async request(stream: string, body: object = {}): Promise<TrainingJobView> {
    return TrainingJobView.parse(await this.#call('POST', `/v1/streams/${stream}/training-jobs`, body));
  }

  async cancel(stream: string, job: string): Promise<TrainingJobView> {
    return TrainingJobView.parse(await this.#call('DELETE', `/v1/streams/${stream}/training-jobs/${job}`));
  }

  async job(stream: string, job: string): Promise<TrainingJobView> {
    return TrainingJobView.parse(await this.#call('GET', `/v1/streams/${stream}/training-jobs/${job}`));
  }

  async jobs(stream: string): Promise<TrainingJobView[]> {
    return TrainingJobView.array().parse(await this.#call('GET', `/v1/streams/${stream}/training-jobs`));
  }

  async models(stream: string): Promise<ModelsView> {
    return ModelsView.parse(await this.#call('GET', `/v1/streams/${stream}/models`));
  }

  async useChampion(stream: string, version: string): Promise<ModelsView> {
    return ModelsView.parse(await this.#call('PUT', `/v1/streams/${stream}/models/champion`, { version }));
  }

  /** Waits until the job has ended. */
  ended(stream: string, job: string): Promise<TrainingJobView> {
    return until(`job ${job} of ${stream} ends`, async () => {
      const view = await this.job(stream, job);
      return view.finishedAt !== null && view;
    });
  }

  /** Waits until the job has trained so many steps. */
  atStep(stream: string, job: string, step: number): Promise<TrainingJobView> {
    return until(`job ${job} is at step ${step}`, async () => {
      const view = await this.job(stream, job);
      if (view.finishedAt !== null) throw new Error(`it has ended: ${JSON.stringify(view)}`);
      return view.progress?.phase === 'training' && view.progress.step >= step && view;
    });
  }

  /** Waits until another run of a job trains.
   *  @returns the first step that is known of it; what the run before reported is not taken for it */
  async resumedAt(stream: string, job: string): Promise<number> {
    await until(`job ${job} begins again`, async () => {
      const { progress } = await this.job(stream, job);
      return progress !== null && progress.phase !== 'training';
    });
    return (await this.atStep(stream, job, 1)).progress?.step ?? 0;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const reply = await fetch(`${this.service.url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }
}
