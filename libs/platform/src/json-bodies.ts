/** @file Bodies of requests: JSON, and said to be. What `curl -d` says of a body, a form, would be read as one field
 *  with the whole text as its name, and refused for reasons that help nobody.
 *
 *  Law: a body without `content-type: application/json` is refused before it is read; a request without a body may
 *  say what it likes. */
import type { FastifyInstance } from 'fastify';
import { RollcastError } from '#contracts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** To be called before routes are registered. */
export function requireJsonBodies(server: FastifyInstance): void {
  server.addHook('onRequest', ({ method, headers }, _reply, done) => {
    // Nobody reads a body of these.
    const isRead = method !== 'GET' && method !== 'HEAD';
    const found = isRead ? foreignType(headers) : null;
    done(found === null ? undefined : new RollcastError('NOT_JSON_BODY', { found }));
  });
}

/** What a body is said to be instead of JSON; null: there is none, or it is JSON. */
function foreignType(headers: Headers): string | null {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) return null;
  const found = String(headers['content-type'] ?? '');
  if (/^application\/json\s*(;|$)/i.test(found)) return null;
  return found === '' ? 'nothing' : found;
}
