/** @file What could not be used, counted by reason. */
import { DEAD_LETTER_HEADERS } from '#contracts';
import { type KafkaClient, TopicReader } from '#kafka';

/** @returns how many dead letters of readings each reason has */
export async function deadLettersByReason(
  client: KafkaClient,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const reader = new TopicReader(client, ['readings.dead']);
  const counts: Record<string, number> = {};
  try {
    for await (const records of reader.all('readings.dead', signal)) {
      for (const { headers } of records) {
        const reason = headers[DEAD_LETTER_HEADERS.reason]?.toString() ?? 'unknown';
        counts[reason] = (counts[reason] ?? 0) + 1;
      }
    }
  } finally {
    await reader.close();
  }
  return counts;
}
