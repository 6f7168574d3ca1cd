/** @file The HTTP interface of a running Rollcast, with the types of `libs/contracts`.
 *
 *  Law: what it answers was parsed by the contract's schema; what a service refuses is told in the service's own
 *  words; a person hears where nobody answers and how to change that. */
import { z } from 'zod';
import {
  ErrorView,
  Forecast,
  ModelsView,
  PublishedView,
  SeriesView,
  StreamView,
  TrainingJobView,
  type StreamDefinition,
} from '#contracts';
import { CommandFailed } from '../failures.js';
import { readEvents } from './server-sent-events.js';

/** A refusal with the code of the registry. */
export class Refused extends CommandFailed {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a definition may be before the service has filled in the defaults. */
export type DefinitionBody = Readonly<Record<string, unknown>>;

export class RollcastApi {
  readonly url: string;
  readonly #signal: AbortSignal;

  /** @param url base URL, without a slash at its end
   *  @param signal ends every request with its reason */
  constructor(url: string, signal: AbortSignal) {
    this.url = url;
    this.#signal = signal;
  }

  streams(): Promise<StreamView[]> {
    return this.#ask(z.array(StreamView), 'GET', '/v1/streams');
  }

  stream(stream: string): Promise<StreamView> {
    return this.#ask(StreamView, 'GET', streamPath(stream));
  }

  /** @returns null where there is no such stream */
  async streamIfAny(stream: string): Promise<StreamView | null> {
    return orNull(this.stream(stream), 'NO_SUCH_STREAM');
  }

  /** Defines a stream, or changes its policies. */
  putStream(stream: string, definition: DefinitionBody): Promise<StreamView> {
    return this.#ask(StreamView, 'PUT', streamPath(stream), definition);
  }

  async deleteStream(stream: string): Promise<void> {
    await this.#request('DELETE', streamPath(stream));
  }

  /** @param readings of the stream, as on the topic */
  publish(stream: string, readings: readonly unknown[]): Promise<PublishedView> {
    return this.#ask(PublishedView, 'POST', `${streamPath(stream)}/readings`, readings);
  }

  series(stream: string): Promise<SeriesView[]> {
    return this.#ask(z.array(SeriesView), 'GET', `${streamPath(stream)}/series`);
  }

  /** The latest; null: none yet. */
  forecast(stream: string, series: string): Promise<Forecast | null> {
    const path = `${streamPath(stream)}/series/${encodeURIComponent(series)}/forecast`;
    return orNull(this.#ask(Forecast, 'GET', path), 'NO_SUCH_SERIES');
  }

  /** Forecasts as they are made, until the connection ends. */
  async *forecastEvents(stream: string, series: string | undefined): AsyncGenerator<Forecast> {
    const query = new URLSearchParams({ stream, ...(series !== undefined && { series }) });
    const answer = await this.#request('GET', `/v1/forecasts/events?${query.toString()}`);
    if (answer.body === null) return;
    for await (const { event, data } of readEvents(answer.body)) {
      if (event === 'forecast') yield Forecast.parse(JSON.parse(data));
    }
  }

  requestTraining(stream: string, seed?: number): Promise<TrainingJobView> {
    return this.#ask(TrainingJobView, 'POST', `${streamPath(stream)}/training-jobs`, {
      ...(seed !== undefined && { seed }),
    });
  }

  trainingJob(stream: string, job: string): Promise<TrainingJobView> {
    return this.#ask(
      TrainingJobView,
      'GET',
      `${streamPath(stream)}/training-jobs/${encodeURIComponent(job)}`,
    );
  }

  models(stream: string): Promise<ModelsView> {
    return this.#ask(ModelsView, 'GET', `${streamPath(stream)}/models`);
  }

  useVersion(stream: string, version: string): Promise<ModelsView> {
    return this.#ask(ModelsView, 'PUT', `${streamPath(stream)}/models/champion`, { version });
  }

  async #ask<T extends z.ZodType>(
    schema: T,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<T>> {
    const answer = await this.#request(method, path, body);
    const parsed = schema.safeParse(await answer.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw new CommandFailed(
      `${this.url}${path} answers something else than Rollcast does: is it the right --url?`,
    );
  }

  async #request(method: string, path: string, body?: unknown): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(this.url + path, {
        method,
        signal: this.#signal,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      throw new CommandFailed(
        `no Rollcast answers at ${this.url} (${causeOf(error)}): start one with rollcast up, or name its base URL with --url`,
      );
    }
    if (answer.ok) return answer;
    const refusal = ErrorView.safeParse(await answer.json().catch(() => undefined));
    if (refusal.success) throw new Refused(refusal.data.code, answer.status, refusal.data.message);
    throw new CommandFailed(`${method} ${this.url}${path} is answered with HTTP status ${answer.status}`);
  }
}

function streamPath(stream: string): string {
  return `/v1/streams/${encodeURIComponent(stream)}`;
}

async function orNull<T>(asked: Promise<T>, code: string): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && error.code === code) return null;
    throw error;
  }
}

/** fetch says "fetch failed"; the cause knows why. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? cause);
}

/** A definition as people send it: its name is in the path. */
export function bodyOf({ stream: _stream, ...body }: StreamDefinition): DefinitionBody {
  return body;
}
