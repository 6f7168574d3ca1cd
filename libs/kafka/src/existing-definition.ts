/** @file The definition of a stream for somebody who names it: over HTTP, or in a job.
 *
 *  Law (read your writes): a stream that was defined before the call is found; only then is one denied. */
import { RollcastError, type StreamDefinition } from '#contracts';
import type { DefinitionSource } from './definition-reader.js';

/** @throws NO_SUCH_STREAM; what `catchUp` throws */
export async function existingDefinition(
  source: DefinitionSource,
  stream: string,
): Promise<StreamDefinition> {
  const known = source.get(stream);
  if (known !== null) return known;
  await source.catchUp();
  const found = source.get(stream);
  if (found === null) throw new RollcastError('NO_SUCH_STREAM', { stream });
  return found;
}
