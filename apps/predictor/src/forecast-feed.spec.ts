import type { InputRecord } from '#kafka';
import { expect, test } from 'vitest';
import { type EventSink, ForecastFeed } from './forecast-feed.js';

const forecast = (key: string, value: string): InputRecord => ({
  topic: 'forecasts',
  partition: 0,
  offset: 0n,
  timestamp: 0,
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: {},
});

/** A reader that takes so many writes before it is behind. */
class Reader implements EventSink {
  readonly got: string[] = [];
  room = Infinity;
  private drained = () => undefined as void;
  write(text: string): boolean {
    this.got.push(text);
    this.room -= 1;
    return this.room > 0;
  }
  onDrained(listener: () => void): void {
    this.drained = listener;
  }
  catchUp(room = Infinity): void {
    this.room = room;
    this.drained();
  }
  get data(): string[] {
    return this.got.flatMap((text) => /^event: forecast\ndata: (.*)\n\n$/.exec(text)?.[1] ?? []);
  }
}

test('a listener gets the forecasts of its stream and series, and a first word at once', () => {
  const feed = new ForecastFeed();
  const [all, one, series] = [new Reader(), new Reader(), new Reader()];
  feed.listen({}, all);
  feed.listen({ stream: 's' }, one);
  const end = feed.listen({ stream: 's', series: 'a/b' }, series);
  expect(all.got).toHaveLength(1);
  feed.take([forecast('s/x', '1'), forecast('t/x', '2'), forecast('s/a/b', '3'), forecast('nothing', '4')]);
  expect([all.data, one.data, series.data]).toEqual([['1', '2', '3'], ['1', '3'], ['3']]);
  end();
  feed.take([forecast('s/a/b', '5')]);
  expect(series.data).toEqual(['3']);
  expect(feed.size).toBe(2);
});

test('a listener that is behind waits in a buffer of its own and loses the oldest', () => {
  const feed = new ForecastFeed({ bytes: 600, listeners: 2 });
  const [slow, quick] = [new Reader(), new Reader()];
  feed.listen({}, slow);
  feed.listen({}, quick);
  slow.room = 1;
  for (let index = 0; index < 500; index++) feed.take([forecast('s/x', String(index))]);
  expect(quick.data).toHaveLength(500);
  expect(slow.data).toEqual(['0']);
  slow.catchUp();
  expect(slow.data).toEqual(['0', ...Array.from({ length: 200 }, (_, index) => String(300 + index))]);
});

test('what waits for a listener is bounded in bytes; the newest forecast waits whatever its size', () => {
  const feed = new ForecastFeed({ bytes: 1_000, listeners: 1 });
  const slow = new Reader();
  feed.listen({}, slow);
  slow.room = 1;
  for (const size of [1, 400, 400, 400]) feed.take([forecast('s/x', 'x'.repeat(size))]);
  slow.catchUp(2);
  expect(slow.data.map(({ length }) => length)).toEqual([1, 400, 400]);
  for (const size of [700, 5_000]) feed.take([forecast('s/x', 'x'.repeat(size))]);
  slow.catchUp();
  expect(slow.data.map(({ length }) => length)).toEqual([1, 400, 400, 5_000]);
});

test('no more listeners than it can hold; one that goes makes room', () => {
  const feed = new ForecastFeed({ bytes: 1_000, listeners: 2 });
  const end = feed.listen({}, new Reader());
  feed.listen({}, new Reader());
  const refused = expect.objectContaining({ code: 'TOO_MANY_LISTENERS' }) as Error;
  expect(() => feed.listen({}, new Reader())).toThrow(refused);
  end();
  feed.listen({}, new Reader());
  expect(feed.size).toBe(2);
});

test('a beat reaches those that keep up', () => {
  const feed = new ForecastFeed();
  const reader = new Reader();
  feed.listen({}, reader);
  feed.beat();
  expect(reader.got).toEqual([': forecasts\n\n', ': \n\n']);
});
