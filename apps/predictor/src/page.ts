/** @file The live page, as it was built by Vite beside this service: static files at the root.
 *
 *  Law: the browser is told to let the page load from, ask, and be framed by nobody but this origin. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** `dist/apps/page`, seen from `dist/apps/predictor/src`. */
const BUILT = fileURLToPath(new URL('../../page/', import.meta.url));

/** The icon is a data: URL; nothing else of the page is written into it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** @returns false when the page was not built (the sources run in a test) */
export async function registerPage(server: FastifyInstance, folder = BUILT): Promise<boolean> {
  if (!existsSync(`${folder}/index.html`)) return false;
  await server.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    wildcard: false,
    index: ['index.html'],
    setHeaders: (reply) => void reply.header('content-security-policy', POLICY),
  });
  return true;
}
