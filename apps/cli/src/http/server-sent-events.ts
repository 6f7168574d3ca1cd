/** @file Reads server-sent events from a body (WHATWG HTML, "Server-sent events"): `event` and `data`, which is all
 *  that our services send. Comments, ids and retry times are passed over.
 *
 *  Law: any cut of the bytes into chunks gives the same events. */

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Ends with the body; leaving early lets the connection go. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let pending = '';
  let event = 'message';
  let data: string[] = [];
  for await (const chunk of body) {
    pending += decoder.decode(chunk, { stream: true });
    // A carriage return at the very end may be half a line end.
    const whole = pending.endsWith('\r') ? pending.slice(0, -1) : pending;
    const lines = whole.split(/\r\n|\r|\n/);
    pending = (lines.pop() ?? '') + pending.slice(whole.length);
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { event, data: data.join('\n') };
        event = 'message';
        data = [];
      } else {
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'event') event = value;
        else if (field === 'data') data.push(value);
      }
    }
  }
}
