/** @file Ports that nobody listens on.
 *
 *  Law: all ports of one call differ. Between this call and the server's own bind another process may take one:
 *  whoever starts a server on a found port tries again with others. */
import { createServer, type AddressInfo, type Server } from 'node:net';

/** As many free TCP ports of 127.0.0.1 as asked. */
export async function freePorts(count: number): Promise<number[]> {
  // Held together, or the system could give the same port twice.
  const held = await Promise.all(Array.from({ length: count }, holdPort));
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

function holdPort(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as AddressInfo).port }));
  });
}
