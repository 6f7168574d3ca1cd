/** @file A Kafka client for the time of one command. */
import { RollcastError } from '#contracts';
import { KafkaAdmin, KafkaClient, type KafkaLogger, type KafkaSettings } from '#kafka';
import type { Context } from './context.js';
import type { Closing } from './closing.js';
import { CommandFailed } from './failures.js';

export interface KafkaAccess {
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
}

/** Nothing is connected before the first question; `closing` ends it. */
export function openKafka(
  settings: KafkaSettings,
  { console }: Pick<Context, 'console'>,
  closing: Closing,
): KafkaAccess {
  const client = new KafkaClient(settings, linesOf(console));
  const admin = new KafkaAdmin(client);
  closing.add('the connection to Kafka', () => admin.close());
  return { client, admin };
}

/** The answer to a question to Kafka; where there is none, what a person can do about it.
 *  @throws CommandFailed when Kafka does not answer */
export async function whereKafkaIs<T>({ brokers }: KafkaSettings, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RollcastError) || error.code !== 'BROKER_UNAVAILABLE') throw error;
    throw new CommandFailed(
      `no Kafka answers at ${brokers.join(', ')} (${String(error.details['problem'])}): start it, or name its brokers in KAFKA_BROKERS`,
    );
  }
}

/** A person at a terminal wants errors; the rest is said by whatever then throws. */
function linesOf(console: Context['console']): KafkaLogger {
  const nothing = () => undefined;
  return { debug: nothing, info: nothing, warn: nothing, error: (message) => console.say(message) };
}
