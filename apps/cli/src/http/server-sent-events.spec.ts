import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents, type ServerSentEvent } from './server-sent-events.js';

async function read(chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(from(chunks))) events.push(event);
  return events;
}

async function* from(chunks: readonly Uint8Array[]) {
  for (const chunk of chunks) yield chunk;
}

const TEXT =
  ': hello\n\nevent: forecast\r\ndata: {"a":\r\ndata:"°F"}\r\n\r\ndata:x\rid: 7\r\revent: lost\ndata: half';

test('any cut of the bytes gives the same events; half an event is none', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 9 }), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.slice(places[index], end));
      expect(await read(chunks)).toEqual([
        { event: 'forecast', data: '{"a":\n"°F"}' },
        { event: 'message', data: 'x' },
      ]);
    }),
  );
});
