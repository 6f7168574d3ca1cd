import { beforeEach, describe, expect, test } from 'vitest';
import { ForecastEvents } from './forecast-events.js';

class FakeSource extends EventTarget {
  readyState = 0;
  closed = false;
  close() {
    this.closed = true;
  }
  fail(readyState: number) {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
}

let sources: FakeSource[];
let heard: string[];
let waits: { ms: number; run: () => void }[];
let events: ForecastEvents;

beforeEach(() => {
  sources = [];
  heard = [];
  waits = [];
  events = new ForecastEvents(
    () => {
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    { forecast: (forecast) => heard.push(forecast.origin), state: (state) => heard.push(state) },
    {
      after: (ms, run) => {
        const wait = { ms, run };
        waits.push(wait);
        return () => {
          waits = waits.filter((other) => other !== wait);
        };
      },
    },
  );
});

const [CONNECTING, CLOSED] = [0, 2];

describe('the connection', () => {
  test('says what it is, and hands on forecasts', () => {
    sources[0]!.dispatchEvent(new Event('open'));
    sources[0]!.dispatchEvent(new MessageEvent('forecast', { data: '{"origin":"o"}' }));
    expect(heard).toEqual(['connecting', 'live', 'o']);
  });

  test('lost, it is left to EventSource to find it again', () => {
    sources[0]!.fail(CONNECTING);
    expect(heard.at(-1)).toBe('reconnecting');
    expect([sources.length, waits.length]).toEqual([1, 0]);
  });

  test('given up by EventSource, it is opened again, later every time until it opens', () => {
    const waited: number[] = [];
    for (let failure = 0; failure < 6; failure += 1) {
      sources.at(-1)!.fail(CLOSED);
      const wait = waits.shift()!;
      waited.push(wait.ms);
      wait.run();
    }
    expect(waited).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    sources.at(-1)!.dispatchEvent(new Event('open'));
    sources.at(-1)!.fail(CLOSED);
    expect(waits[0]!.ms).toBe(1_000);
  });

  test('closed by us, it says nothing more and is not opened again', () => {
    sources[0]!.fail(CLOSED);
    events.close();
    expect(waits).toEqual([]);
    const before = heard.length;
    sources[0]!.dispatchEvent(new Event('open'));
    sources[0]!.fail(CLOSED);
    expect([heard.length, sources.length, sources[0]!.closed]).toEqual([before, 1, true]);
  });
});
