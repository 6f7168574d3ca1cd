/** @file A Rollcast that answers what a spec tells it, over real HTTP. */
import fastify, { type FastifyInstance } from 'fastify';
import { StreamDefinition, type StreamView } from '#contracts';

export const DEFINITION = StreamDefinition.parse({
  stream: 'weather',
  channels: [{ name: 'celsius', min: -50, max: 60 }, { name: 'hpa' }],
  frequency: '1h',
});

export const VIEW: StreamView = {
  definition: DEFINITION,
  memoryPerSeriesBytes: 75_000,
  firstForecastAfterFrames: 288,
  trainingNeedsSteps: 720,
};

/** @returns a server with the stream `weather`; a spec adds routes and listens */
export function fakeRollcast(): FastifyInstance {
  const server = fastify({ forceCloseConnections: true });
  const missing = (stream: string) => ({ code: 'NO_SUCH_STREAM', message: `no stream "${stream}"` });
  server.get('/v1/streams', async () => [VIEW]);
  server.get<{ Params: { stream: string } }>('/v1/streams/:stream', async ({ params }, reply) =>
    params.stream === 'weather' ? VIEW : reply.status(404).send(missing(params.stream)),
  );
  return server;
}
