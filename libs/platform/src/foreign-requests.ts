/** @file What a page of another site cannot do through the browser of somebody who may: 127.0.0.1 keeps others away from
 *  the port, but not from the browser of the person before it.
 *
 *  Law: what changes something is refused when a browser says that another site asks, by `Sec-Fetch-Site`, and where
 *  that is missing by `Origin` against the host that was asked for (the rule of Go's `http.CrossOriginProtection`).
 *  While the service listens on this machine only, a `Host` that is not this machine is refused whatever is asked: it
 *  is a foreign name that was pointed here (DNS rebinding). Clients that are no browsers send none of this and pass. */
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RollcastError } from '#contracts';

export interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Methods that change nothing. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];
const THIS_MACHINE = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Refuses foreign requests before anything else looks at them; to be called before routes are registered.
 *  @param host the address that the server is told to listen on */
export function refuseForeignRequests(server: FastifyInstance, host: string): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const problem = foreignness(request, host);
    done(problem === null ? undefined : new RollcastError('FOREIGN_REQUEST', { problem }));
  });
}

/** Why a request is refused; null: it is not. */
export function foreignness({ method, headers }: Asked, listensOn: string): string | null {
  const host = one(headers['host']);
  if (host !== undefined && isThisMachine(listensOn) && !isThisMachine(host)) {
    return `"${host}" is no name of this machine, and this service listens on ${listensOn} only`;
  }
  if (SAFE.includes(method)) return null;
  const site = one(headers['sec-fetch-site']);
  if (site !== undefined) {
    return site === 'same-origin' || site === 'none' ? null : `the page that asks is ${site}`;
  }
  const origin = one(headers['origin']);
  if (origin === undefined) return null;
  // A proxy names the host that was asked for; a page cannot, without being asked by CORS, which nothing here grants.
  const askedFor = [host, one(headers['x-forwarded-host'])].filter((name) => name !== undefined);
  const ours = askedFor.some((name) => origin === `http://${name}` || origin === `https://${name}`);
  return ours ? null : `the page that asks is of ${origin}`;
}

/** @param address a host, with or without a port, as in `Host`; or as in HOST, where IPv6 has no brackets */
function isThisMachine(address: string): boolean {
  const url = `http://${isIPv6(address) ? `[${address}]` : address}`;
  return URL.canParse(url) && THIS_MACHINE.test(new URL(url).hostname);
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'object' ? header[0] : header;
}
