/** @file Fastify under Nest, with every error answered in our own shape, wherever it comes from.
 *
 *  What the router refuses (no valid URL) never reaches an error handler; and Nest sets its own only after the modules
 *  have begun: too late for a service that registers a plugin with Fastify, which answers in Fastify's shape then.
 *
 *  Law: an error that no controller caught is an `ErrorView`, as those of controllers are (`error-filter.ts`). A
 *  parameter of a path may be as long as a URL: names of series and jobs are people's own. */
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, RawServerDefault } from 'fastify';
import { answerFor } from './error-filter.js';
import type { Logger } from './logging.js';

/** Node takes no longer request line. */
const LONGEST_PARAMETER = 16 * 1024;

export class AnsweringAdapter extends FastifyAdapter {
  constructor(options: FastifyHttpOptions<RawServerDefault>, logger: Logger) {
    const answer = (error: unknown, reply: FastifyReply) => {
      const { status, body } = answerFor(error, logger);
      void reply.status(status).send(body);
    };
    super({
      ...options,
      routerOptions: { maxParamLength: LONGEST_PARAMETER },
      frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => answer(error, reply),
    });
    this.getInstance<FastifyInstance>().setErrorHandler((error, _request, reply) => answer(error, reply));
  }

  /** Nest's would do the same, later. */
  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.getInstance();
  }
}
