/** @file Is the process alive, and is it ready: two questions with two answers.
 *
 *  `/health/live` asks whether restarting would help, and answers as long as the process can answer at all: a broker
 *  that is away is no reason to restart. `/health/ready` asks whether work gets done: 503 while one indicator is not
 *  `up`, or once shutting down has begun.
 *
 *  Law: an indicator that throws or does not answer in time is `down`, with the reason; it never breaks the page. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { describeError } from '#contracts';
import { within } from './waiting.js';

export interface Indication {
  /** - `waiting`: something outside is away, and we go on when it is back. `down`: it will not come back by itself. */
  readonly status: 'up' | 'waiting' | 'down';
  readonly detail?: string;
}

export interface HealthView {
  readonly status: 'up' | 'down';
  readonly indicators: Readonly<Record<string, Indication>>;
}

export type Indicator = () => Indication | Promise<Indication>;

const ANSWER_WITHIN_MS = 2_000;

/** The indicators of one process; parts of the service register their own. */
export class Health {
  readonly #indicators = new Map<string, Indicator>();
  readonly #withinMs: number;

  constructor(withinMs = ANSWER_WITHIN_MS) {
    this.#withinMs = withinMs;
  }

  /** Adds an indicator under a name of its own.
   *  @returns takes it away again */
  register(name: string, indicator: Indicator): () => void {
    this.#indicators.set(name, indicator);
    return () => {
      if (this.#indicators.get(name) === indicator) this.#indicators.delete(name);
    };
  }

  /** Asks every indicator, all at once. */
  async ready(): Promise<HealthView> {
    const asked = [...this.#indicators].map(
      async ([name, indicator]) => [name, await this.#ask(indicator)] as const,
    );
    const indicators = Object.fromEntries(await Promise.all(asked));
    const up = Object.values(indicators).every(({ status }) => status === 'up');
    return { status: up ? 'up' : 'down', indicators };
  }

  async #ask(indicator: Indicator): Promise<Indication> {
    const late = (): Indication => ({ status: 'down', detail: `no answer in ${this.#withinMs} ms` });
    try {
      return await within(this.#withinMs, Promise.resolve(indicator()), late);
    } catch (error) {
      return { status: 'down', detail: describeError(error) };
    }
  }
}

interface StatusReply {
  status(code: number): unknown;
}

@Controller('health')
export class HealthController {
  constructor(@Inject(Health) private readonly health: Health) {}

  @Get('live')
  live(): HealthView {
    return { status: 'up', indicators: {} };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: StatusReply): Promise<HealthView> {
    const view = await this.health.ready();
    reply.status(view.status === 'up' ? 200 : 503);
    return view;
  }
}
