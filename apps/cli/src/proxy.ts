/** @file One base URL before the three services: every path goes to the service that owns it by the table of routes
 *  in `libs/contracts`. It keeps nothing.
 *
 *  Law: what it answers itself is an error of the registry in the services' own shape. It refuses foreign requests
 *  as the services do: they cannot see which host was asked for. */
import httpProxy from '@fastify/http-proxy';
import { type ErrorView, ownerOf, RollcastError, type ServiceName } from '#contracts';
import { refuseForeignRequests } from '#platform';
import fastify, { type FastifyError, type FastifyReply } from 'fastify';

export interface Proxy {
  readonly url: string;
  close(): Promise<void>;
}

/** The longest that a timer of Node can wait. */
const LONGEST_SILENCE_MS = 2 ** 31 - 1;

/** @param upstreams base URL of each service.
 *  @param port 0: any free one. */
export async function startProxy(
  upstreams: Readonly<Record<ServiceName, string>>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Proxy> {
  const server = fastify({
    forceCloseConnections: true,
    // What is no URL comes to no error handler.
    frameworkErrors: (error, _request, reply) => void answer(reply, refusal(error), error.statusCode),
  });
  refuseForeignRequests(server, host);
  server.setErrorHandler((error: FastifyError | RollcastError, _request, reply) => {
    if (error instanceof RollcastError) return answer(reply, error);
    // What is left is the framework's own: a path that leaves its place, say.
    return answer(reply, refusal(error), error.statusCode);
  });
  server.setNotFoundHandler(({ method, url }, reply) => {
    return answer(reply, new RollcastError('INVALID_REQUEST', { problem: `Cannot ${method} ${url}` }), 404);
  });
  await server.register(httpProxy, {
    upstream: '',
    // A stream of server-sent events is silent between two forecasts. 0 would mean the library's ten seconds.
    http: { requestOptions: { timeout: LONGEST_SILENCE_MS } },
    replyOptions: {
      getUpstream: ({ url }) => upstreams[serviceOf(url)],
      rewriteRequestHeaders: ({ headers: { host: askedFor } }, headers) => ({
        ...headers,
        'x-forwarded-host': askedFor,
      }),
      // A service's answer is the answer, a 503 too: the library would ask ten times more, however long each takes.
      retryDelay: () => null,
      onError: (reply, { error }) => {
        const details = { service: serviceOf(reply.request.url), problem: error.message };
        void reply.send(new RollcastError('SERVICE_UNAVAILABLE', details, error));
      },
    },
  });
  const address = await server.listen({ host, port });
  return { url: address, close: () => server.close() };
}

function serviceOf(url: string): ServiceName {
  return ownerOf(url.split('?')[0] ?? '/');
}

function refusal({ message }: FastifyError): RollcastError {
  return new RollcastError('INVALID_REQUEST', { problem: message });
}

function answer(
  reply: FastifyReply,
  { code, message, status }: RollcastError,
  otherStatus = status,
): FastifyReply {
  return reply.status(otherStatus).send({ code, message } satisfies ErrorView);
}
