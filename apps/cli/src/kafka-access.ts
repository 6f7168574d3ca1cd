/** @file A Kafka client for the time of one command. */
import { KafkaAdmin, KafkaClient, type KafkaLogger, type KafkaSettings } from '#kafka';
import type { Context } from './context.js';
import type { Closing } from './closing.js';

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

/** A person at a terminal wants errors; the rest is said by whatever then throws. */
function linesOf(console: Context['console']): KafkaLogger {
  const nothing = () => undefined;
  return { debug: nothing, info: nothing, warn: nothing, error: (message) => console.say(message) };
}
