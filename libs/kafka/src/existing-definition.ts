/** @file The definition of a stream for somebody who names it: over HTTP, or in a job.
 *
 *  Law (read your writes): a stream that was defined before the call is found; only then is one denied. Whoever asks over
 *  HTTP is answered, also while Kafka is away: a question that waits on is one that nobody hears the answer of, and a
 *  page that asks every few seconds would leave more of them with every minute. A job has the time. */
import { RollcastError, type StreamDefinition } from '#contracts';
import { within } from '#platform';
import type { DefinitionSource } from './definition-reader.js';

/** How long a look at the newest definitions may take. */
const LOOK_MS = 10_000;

/** Waits until everything that was acknowledged before the call is in the table.
 *  @throws BROKER_UNAVAILABLE when that takes too long; what `catchUp` throws */
export async function newestDefinitions(
  source: Pick<DefinitionSource, 'catchUp'>,
  withinMs = LOOK_MS,
): Promise<void> {
  const waiting = new AbortController();
  try {
    await within(withinMs, source.catchUp(waiting.signal), () => {
      const problem = `the newest definitions are not known after ${withinMs} ms`;
      throw new RollcastError('BROKER_UNAVAILABLE', { problem });
    });
  } finally {
    waiting.abort();
  }
}

/** @param withinMs Infinity: as long as it takes
 *  @throws NO_SUCH_STREAM; BROKER_UNAVAILABLE; what `catchUp` throws */
export async function existingDefinition(
  source: DefinitionSource,
  stream: string,
  withinMs = LOOK_MS,
): Promise<StreamDefinition> {
  const known = source.get(stream);
  if (known !== null) return known;
  await (withinMs === Infinity ? source.catchUp() : newestDefinitions(source, withinMs));
  const found = source.get(stream);
  if (found === null) throw new RollcastError('NO_SUCH_STREAM', { stream });
  return found;
}
