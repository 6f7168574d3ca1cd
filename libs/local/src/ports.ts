/** @file Ports that nobody listens on.
 *
 *  They lie below those that systems give to outgoing connections (from 32,768 on Linux, from 49,152 elsewhere): while
 *  a killed server is away its clients and everybody else open connections, and one of those would have its port.
 *
 *  Law: all ports of one call differ. Between this call and the server's own bind another process may take one:
 *  whoever starts a server on a found port tries again with others. */
import { createServer, type Server } from 'node:net';

const LOWEST = 16_384;
const BEYOND = 32_768;

/** As many free TCP ports of 127.0.0.1 as asked. */
export async function freePorts(count: number): Promise<number[]> {
  // Held together, so that none is given twice.
  const held = await Promise.all(Array.from({ length: count }, holdPort));
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

async function holdPort(): Promise<{ server: Server; port: number }> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (BEYOND - LOWEST));
    const server = await listening(port);
    if (server !== null) return { server, port };
  }
}

/** @returns null where the port is taken */
function listening(port: number): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
