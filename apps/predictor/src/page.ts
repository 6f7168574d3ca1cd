/** @file The live page, as it was built by Vite beside this service: static files at the root. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** `dist/apps/page`, seen from `dist/apps/predictor/src`. */
const BUILT = fileURLToPath(new URL('../../page/', import.meta.url));

/** @returns false when the page was not built (the sources run in a test) */
export async function registerPage(server: FastifyInstance, folder = BUILT): Promise<boolean> {
  if (!existsSync(`${folder}/index.html`)) return false;
  await server.register(fastifyStatic, { root: folder, prefix: '/', wildcard: false, index: ['index.html'] });
  return true;
}
