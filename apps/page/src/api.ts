/** @file The HTTP API as the page uses it: one base URL, that of the page itself, whatever path a proxy put before it.
 *
 *  Law: every failure leaves here as a `Problem` with a sentence for people. Answers are the services' own contract
 *  and are not validated again. */
import {
  type ErrorView,
  type Forecast,
  type ModelsView,
  type RecentView,
  type SeriesView,
  type StreamView,
  type TrainingJobView,
} from '#contracts';

/** What went wrong, said plainly. `status` 0: no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Problem';
  }
}

const part = encodeURIComponent;
const streamPath = (stream: string) => `v1/streams/${part(stream)}`;
const seriesPath = (stream: string, series: string) => `${streamPath(stream)}/series/${part(series)}`;

export class Api {
  /** @param base where the page lives; ends with a slash or a file name */
  constructor(
    private readonly base: string,
    private readonly request: typeof fetch = (...call) => fetch(...call),
  ) {}

  /** An address below the base URL. */
  url(path: string): string {
    return new URL(path, this.base).href;
  }

  streams(): Promise<StreamView[]> {
    return this.#call('GET', 'v1/streams');
  }

  series(stream: string): Promise<SeriesView[]> {
    return this.#call('GET', `${streamPath(stream)}/series`);
  }

  recent(stream: string, series: string): Promise<RecentView> {
    return this.#call('GET', `${seriesPath(stream, series)}/recent`);
  }

  forecast(stream: string, series: string): Promise<Forecast> {
    return this.#call('GET', `${seriesPath(stream, series)}/forecast`);
  }

  trainingJobs(stream: string): Promise<TrainingJobView[]> {
    return this.#call('GET', `${streamPath(stream)}/training-jobs`);
  }

  train(stream: string): Promise<TrainingJobView> {
    return this.#call('POST', `${streamPath(stream)}/training-jobs`, {});
  }

  cancel(stream: string, job: string): Promise<unknown> {
    return this.#call('DELETE', `${streamPath(stream)}/training-jobs/${part(job)}`);
  }

  models(stream: string): Promise<ModelsView> {
    return this.#call('GET', `${streamPath(stream)}/models`);
  }

  /** Server-sent events of one series only: a stream may have thousands. */
  eventsUrl(stream: string, series: string): string {
    return this.url(`v1/forecasts/events?stream=${part(stream)}&series=${part(series)}`);
  }

  /** @throws Problem */
  async #call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    let response: Response;
    try {
      response = await this.request(this.url(path), {
        method,
        cache: 'no-store',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    } catch {
      throw new Problem(0, 'NO_ANSWER', 'The service does not answer.');
    }
    const text = await response.text().catch(() => '');
    const answer = parsed(text);
    if (!response.ok) throw problemOf(response.status, answer);
    // A cancelled job may be answered with an empty body.
    if (answer === undefined && text !== '')
      throw new Problem(response.status, 'NOT_JSON', `Not JSON: ${path}`);
    return answer as Answer;
  }
}

/** Anything thrown, as a sentence. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function problemOf(status: number, answer: unknown): Problem {
  const view = answer as Partial<ErrorView> | null | undefined;
  if (typeof view?.code === 'string' && typeof view.message === 'string') {
    return new Problem(status, view.code, `${view.code}: ${view.message}`);
  }
  return new Problem(status, `HTTP_${status}`, `The service answers with HTTP status ${status}.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
