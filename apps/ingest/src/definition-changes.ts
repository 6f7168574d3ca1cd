/** @file A definition that somebody wants to put in force: read, and held against the one that is.
 *
 *  Law: what is stored is the whole definition with its defaults filled in, so later defaults change no stream. What
 *  states and frames depend on cannot change under a name. */
import { conflictingFields, describeIssues, RollcastError, StreamDefinition } from '#contracts';
import { cronProblem } from './cron-check.js';
import { forecastSizeProblem } from './forecast-size.js';

/** The definition in a request body; a `stream` in it must be the one of the path (what GET says can be PUT).
 *  @throws INVALID_DEFINITION naming the fields */
export function readDefinition(stream: string, body: unknown): StreamDefinition {
  const refuse = (problem: string) => new RollcastError('INVALID_DEFINITION', { stream, problem });
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refuse('send a JSON object');
  const named = (body as { stream?: unknown }).stream;
  if (named !== undefined && named !== stream) throw refuse(`the body says stream ${JSON.stringify(named)}`);
  const parsed = StreamDefinition.safeParse({ ...body, stream });
  if (!parsed.success) throw refuse(describeIssues(parsed.error));
  const problem = cronProblem(parsed.data) ?? forecastSizeProblem(parsed.data);
  if (problem !== null) throw refuse(problem);
  return parsed.data;
}

/** @throws DEFINITION_CONFLICT naming the fields that cannot change */
export function refuseConflict(before: StreamDefinition | null, after: StreamDefinition): void {
  const fields = before === null ? [] : conflictingFields(before, after);
  if (fields.length === 0) return;
  throw new RollcastError('DEFINITION_CONFLICT', { stream: after.stream, fields: fields.join(', ') });
}
