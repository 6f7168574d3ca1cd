/** @file Every error that reaches HTTP, as one JSON shape: `ErrorView`.
 *
 *  Law: an error of the registry answers with its own status; what the framework refuses (no such route, no JSON, too
 *  long) is INVALID_REQUEST with the framework's status. Anything else is our bug: the caller sees an id, the log has
 *  the error under that id, and nothing of it goes out. */
import { randomUUID } from 'node:crypto';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ErrorView, RollcastError } from '#contracts';
import type { Logger } from './logging.js';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorView;
}

/** What to answer; logs what only the log may know. */
export function answerFor(error: unknown, logger: Logger): ErrorAnswer {
  if (error instanceof RollcastError) {
    if (error.status >= 500) logger.error(error.message, { code: error.code, error });
    return { status: error.status, body: { code: error.code, message: error.message } };
  }
  const refused = refusedByFramework(error);
  if (refused !== undefined) {
    return { status: refused.status, body: { code: 'INVALID_REQUEST', message: refused.message } };
  }
  const id = randomUUID();
  logger.error('a request met our bug', { id, error });
  const message = `our bug: the log of this service has it under id ${id}`;
  return { status: 500, body: { code: 'INTERNAL', message, id } };
}

/** Nest's exceptions have getStatus(), Fastify's errors a statusCode; both below 500 are the caller's. */
function refusedByFramework(error: unknown): { status: number; message: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const own = (error as { statusCode?: unknown }).statusCode;
  const status = error instanceof HttpException ? error.getStatus() : own;
  return typeof status === 'number' && status >= 400 && status < 500
    ? { status, message: error.message }
    : undefined;
}

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, body } = answerFor(error, this.logger);
    // An event stream has begun already: it can only be cut off.
    if (reply.raw.headersSent) reply.raw.destroy();
    else void reply.status(status).send(body);
  }
}
