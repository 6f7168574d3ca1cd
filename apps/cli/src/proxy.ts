/** @file One base URL before the three services: every path goes to the service that owns it by the table of routes
 *  in `libs/contracts`. It adds nothing and keeps nothing. */
import httpProxy from '@fastify/http-proxy';
import { ownerOf, type ServiceName } from '#contracts';
import fastify from 'fastify';

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
  const server = fastify({ forceCloseConnections: true });
  await server.register(httpProxy, {
    upstream: '',
    // A stream of server-sent events is silent between two forecasts. 0 would mean the library's ten seconds.
    http: { requestOptions: { timeout: LONGEST_SILENCE_MS } },
    replyOptions: {
      getUpstream: (request) => upstreams[ownerOf(request.url.split('?')[0] ?? '/')],
    },
  });
  const address = await server.listen({ host, port });
  return { url: address, close: () => server.close() };
}
