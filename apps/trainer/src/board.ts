/** @file The queues' board (Bull Board) at `/board`.
 *
 *  Law: it asks nobody but this service. Its page names a font on somebody else's server: that line is taken out, and
 *  a content security policy forbids whatever a later release may add. While Redis is away it says so instead of
 *  keeping people waiting. */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import { RollcastError } from '#contracts';
import type { RedisLink } from './redis-link.js';

export const BOARD_PATH = '/board';

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'self'";
const OUTSIDE_LINK = /<link\b[^>]*href="https?:[^"]*"[^>]*>\s*/g;

/** Registers the board; before the server listens. */
export async function registerBoard(
  fastify: FastifyInstance,
  link: RedisLink,
  queues: readonly Queue[],
): Promise<void> {
  const adapter = new FastifyAdapter().setBasePath(BOARD_PATH);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Rollcast trainings', hideRedisDetails: true } },
  });
  await fastify.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        void reply.header('content-security-policy', POLICY);
        if (!request.url.startsWith(`${BOARD_PATH}/api`) || link.client.status === 'ready') return;
        const { status, code, message } = new RollcastError('REDIS_UNAVAILABLE', {
          problem: 'the board has nothing to show until it is back',
        });
        await reply.status(status).send({ code, message });
      });
      scope.addHook('onSend', async (_request, reply, payload) => {
        const html = String(reply.getHeader('content-type') ?? '').startsWith('text/html');
        if (!html || typeof payload !== 'string') return payload;
        void reply.removeHeader('content-length');
        return payload.replace(OUTSIDE_LINK, '');
      });
      await scope.register(adapter.registerPlugin());
    },
    { prefix: BOARD_PATH },
  );
}
