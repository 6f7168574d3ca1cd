/** @file How large a record batch each topic takes (`max.message.bytes`), asked once a topic and process, and again when
 *  the broker has refused a batch: somebody has lowered it.
 *
 *  Law: never guesses above what the broker said; where it may not be asked, Kafka's default counts. */
import { RollcastError } from '#contracts';
import type { KafkaAdmin } from './admin.js';

/** Kafka's own default of `max.message.bytes`. */
export const DEFAULT_MESSAGE_BYTES = 1_048_588;

export class MessageLimits {
  readonly #admin: Pick<KafkaAdmin, 'topicConfigs'>;
  readonly #known = new Map<string, number>();

  constructor(admin: Pick<KafkaAdmin, 'topicConfigs'>) {
    this.#admin = admin;
  }

  /** Bytes a record batch may have in a topic, for these topics (unprefixed).
   *  @throws BROKER_UNAVAILABLE, TOPIC_MISSING */
  async load(topics: Iterable<string>): Promise<(topic: string) => number> {
    for (const topic of new Set(topics)) {
      if (!this.#known.has(topic)) this.#known.set(topic, await this.#ask(topic));
    }
    return (topic) => this.#known.get(topic) ?? DEFAULT_MESSAGE_BYTES;
  }

  /** Asks again, next time. */
  forget(): void {
    this.#known.clear();
  }

  async #ask(topic: string): Promise<number> {
    try {
      const value = Number((await this.#admin.topicConfigs(topic)).get('max.message.bytes'));
      return Number.isInteger(value) && value > 0 ? value : DEFAULT_MESSAGE_BYTES;
    } catch (error) {
      if (error instanceof RollcastError && /authoriz/i.test(error.message)) return DEFAULT_MESSAGE_BYTES;
      throw error;
    }
  }
}
