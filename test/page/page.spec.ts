/** @file The page as a person meets it: real services behind one base URL, a real browser, one story from the empty page
 *  on. The picture of the README is taken after one more training, of the weather (some minutes):
 *  npm run build && ROLLCAST_SCREENSHOT=docs/page.png npx vitest run test/page */
import { statSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { COLD_START_VERSION, type StreamView } from '#contracts';
import { madeUpFrames, smallStream } from '../worlds/trainer-world.js';
import { drawnForecast, WatchedBrowser } from './browser.js';
import { PageWorld } from './page-world.js';
import { CHANNELS, HOUR_MS, type StationReading, WEATHER, weatherReadings } from './weather.js';

/** Where a picture of the page is wanted, if it is. */
const SCREENSHOT = process.env['ROLLCAST_SCREENSHOT'];
/** Of a README. */
const LARGEST_PICTURE_BYTES = 250_000;
const PATIENCE = { timeout: 90_000 };
/** Of what publishes whenever it looks. */
const SLOWLY = { timeout: 60_000, interval: 1_000 };
/** Fewer frames than a CMamba needs for its first forecast. */
const BEGINNING = Date.UTC(2013, 0, 9);
/** As many, and not so many that a training is possible. */
const UNTIL = Date.UTC(2013, 0, 18);
/** Enough for a training to be worth its while. */
const PICTURE_UNTIL = Date.UTC(2013, 4, 20);
const STATIONS = ['EWR', 'JFK', 'LGA'];
/** Readings of one pump: as many as a training of the small stream needs, and more to come one by one. */
const PUMPS_BEFORE = 420;
const pumps = madeUpFrames(smallStream('pumps'), 500).filter(({ series }) => series === 'pump-1');
/** Fewer than its CMamba needs. */
const YOUNG_STEPS = 80;

let world: PageWorld;
let browser: WatchedBrowser;
let page: Page;
let view: StreamView;
const all = weatherReadings(STATIONS);
let published: readonly StationReading[] = [];

beforeAll(async () => {
  world = await PageWorld.make(inject('brokers'), inject('redisUrl'));
  browser = await WatchedBrowser.start(world.url);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});
beforeEach(() => world.processes.showLogsOnFailure());

const text = (testId: string) => page.getByTestId(testId).first().innerText();
const drawings = () => page.locator('body').getAttribute('data-forecasts').then(Number);

/** A time as the page writes it: without the zone of the browser. */
function written(ms: number): string {
  const month = new Date(ms).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  const iso = new Date(ms).toISOString();
  return `${Number(iso.slice(8, 10))} ${month} ${iso.slice(0, 4)} ${iso.slice(11, 16)} UTC`;
}

/** Times of a station's readings so far. The newest is of a step that is still open. */
function times(station: string): number[] {
  return published.filter(({ series }) => series === station).map(({ time }) => Date.parse(time));
}

function origin(station: string): string {
  return written(times(station).at(-2) ?? 0);
}

/** Everything before a time (ms) that was not published yet. */
async function publishUntil(end: number): Promise<void> {
  const next = all.filter(({ time }) => Date.parse(time) < end);
  await world.publish('weather', next.slice(published.length));
  published = next;
}

/** Everything until the next hour of which EWR has a reading. */
function publishHour(): Promise<void> {
  const newest = times('EWR').at(-1) ?? 0;
  const next = all.find(({ series, time }) => series === 'EWR' && Date.parse(time) > newest);
  return publishUntil(Date.parse(next?.time ?? '') + 1);
}

describe('the live page', () => {
  test('begins with what to do, where there is no stream yet', async () => {
    page = await browser.open(`${world.url}/`);
    await expect.poll(() => text('first-steps'), PATIENCE).toContain('curl');
    expect(await drawings()).toBe(0);
  });

  test('finds a new stream by itself, lists its series and draws a forecast of each of six channels', async () => {
    view = await world.define('weather', WEATHER);
    await publishUntil(BEGINNING);
    await expect.poll(() => text('series-list'), PATIENCE).toMatch(/EWR[^]*JFK[^]*LGA/);
    await expect.poll(() => text('origin'), PATIENCE).toBe(origin('EWR'));
    expect(await text('series-name')).toBe('EWR');
    expect(await page.locator('[data-testid^="channel-"]').count()).toBe(6);
    for (const channel of CHANNELS) {
      const drawn = await drawnForecast(page, `[data-testid="channel-${channel}"] canvas`);
      expect(drawn.line, channel).toBeGreaterThan(30);
      expect(drawn.band, channel).toBeGreaterThan(300);
    }
    expect(await drawings()).toBeGreaterThan(0);
    expect(await page.locator('body').getAttribute('data-connection')).toBe('live');
  });

  test('says how many frames there are of those before the first CMamba forecast, until there are enough', async () => {
    const need = view.firstForecastAfterFrames;
    expect(steps('EWR')).toBeLessThan(need);
    await expect
      .poll(() => text('warming-up'), PATIENCE)
      .toContain(`${steps('EWR')} of ${need} frames until the first CMamba forecast`);
    await publishUntil(UNTIL);
    expect(steps('EWR')).toBeGreaterThan(need);
    await page.getByTestId('warming-up').waitFor({ state: 'hidden' });
  });

  test('says which model answers and how many frames there are of those that a training needs', async () => {
    expect(await text('model-kind')).toBe('Kalman filter');
    expect(await text('model-version')).toBe(COLD_START_VERSION);
    expect(await text('model-versions')).toContain('champion');
    await expect
      .poll(() => text('training-readiness'), PATIENCE)
      .toContain(`${longest()} of ${view.trainingNeedsSteps} frames until a training is possible.`);
  });

  test('shows the next forecast as it comes, without having asked for it', async () => {
    const before = { drawings: await drawings(), asked: askedForForecasts() };
    const last = origin('EWR');
    await publishHour();
    expect(origin('EWR')).not.toBe(last);
    await expect.poll(() => text('origin'), PATIENCE).toBe(origin('EWR'));
    expect(await drawings()).toBeGreaterThan(before.drawings);
    expect(before.asked).toBeGreaterThan(0);
    expect(askedForForecasts()).toBe(before.asked);
  });

  test('shows another series when it is chosen', async () => {
    await page.getByTestId('series-JFK').click();
    await expect.poll(() => text('origin'), PATIENCE).toBe(origin('JFK'));
    expect(await text('series-name')).toBe('JFK');
    await page.getByTestId('series-EWR').click();
    await expect.poll(() => text('series-name'), PATIENCE).toBe('EWR');
  });

  test('puts a training on the queue and says why it came to nothing', async () => {
    await page.getByTestId('train-now').click();
    const { trainingNeedsSteps } = view;
    await expect
      .poll(() => text('training-jobs'), PATIENCE)
      .toMatch(new RegExp(`failed[^]*has ${longest()} of the ${trainingNeedsSteps} grid steps`));
    expect(await page.getByTestId('training-refusal').isVisible()).toBe(false);
    await expect.poll(() => page.getByTestId('train-now').isEnabled(), PATIENCE).toBe(true);
  });

  test('shows a training as it goes on, what the gate said of it, and the CMamba that came of it serving', async () => {
    const { stream, ...definition } = smallStream('pumps', { epochs: 2, stepsPerEpoch: 120, patience: 2 });
    await world.define(stream, definition);
    await world.publish(stream, pumps.slice(0, PUMPS_BEFORE));
    await page.getByTestId('series-pump-1').click();
    await expect.poll(() => text('model-version'), PATIENCE).toBe(COLD_START_VERSION);

    await page.getByTestId('train-now').click();
    await expect
      .poll(() => text('training-running'), PATIENCE)
      .toMatch(/fitting CMamba · epoch \d of 2 · loss \d/);
    await expect.poll(() => text('training-jobs'), PATIENCE).toMatch(/promoted|rejected/);
    await page.getByTestId('training-running').waitFor({ state: 'hidden' });

    const version = await putCmambaInCharge(stream);
    await expect
      .poll(() => text('model-versions'), PATIENCE)
      .toMatch(new RegExp(`^CMamba\\s+${version}\\s+champion`));
    const later = oneByOne(stream, pumps.slice(PUMPS_BEFORE));
    await expect.poll(afterMore(later, 'model-version'), SLOWLY).toBe(version);
    expect(await text('model-kind')).toBe('CMamba');
  }, 240_000);

  test('says of a series that is too young for the CMamba in charge who answers, and how long', async () => {
    const young = pumps.slice(0, YOUNG_STEPS).map((reading) => ({ ...reading, series: 'pump-3' }));
    await world.publish('pumps', young.slice(0, 2));
    await page.getByTestId('series-pump-3').click();
    await expect
      .poll(afterMore(oneByOne('pumps', young.slice(2)), 'warming-up'), SLOWLY)
      .toMatch(/^\d+ of \d+ frames until the first CMamba forecast; Kalman filter answers until then\.$/);
    await page.getByTestId('series-EWR').click();
    await expect.poll(() => text('origin'), PATIENCE).toBe(origin('EWR'));
  });

  test('leads to the board of the queue', async () => {
    const link = page.getByTestId('board-link');
    expect(await link.getAttribute('href')).toBe(`${world.url}/board/`);
    const board = await browser.open();
    const answer = await board.goto(`${world.url}/board/`);
    expect(answer?.status()).toBe(200);
    await board.getByText('training').first().waitFor();
    await board.close();
  });

  test.runIf(SCREENSHOT !== undefined)(
    'has its picture taken while a CMamba serves',
    async () => {
      await publishUntil(PICTURE_UNTIL);
      await expect.poll(() => text('origin'), { timeout: 240_000 }).toBe(origin('EWR'));
      await page.getByTestId('train-now').click();
      await page.getByTestId('training-running').waitFor();
      await expect.poll(() => text('training-jobs'), { timeout: 300_000 }).toMatch(/promoted|rejected/);
      // The gate may have found another better on so few weeks.
      const version = await putCmambaInCharge('weather');
      await expect.poll(afterMore(publishHour, 'model-version'), SLOWLY).toBe(version);
      await expect.poll(() => text('origin'), PATIENCE).toBe(origin('EWR'));
      await page.evaluate('scrollTo(0, 0)');
      await page.screenshot({ path: SCREENSHOT! });
      expect(statSync(SCREENSHOT!).size).toBeLessThan(LARGEST_PICTURE_BYTES);
    },
    900_000,
  );

  test('has complained of nothing and asked nobody else', () => {
    expect(browser.problems).toEqual([]);
  });
});

test('a page of another site cannot start a training through the same browser', async () => {
  const elsewhere = await WatchedBrowser.start(world.url);
  try {
    const other = await elsewhere.open();
    const target = `${world.url}/v1/streams/weather/training-jobs`;
    const answered = other.waitForResponse(target);
    // What a form, or a script without leave, can send anywhere. As text: Node does not know the browser's types.
    await other.evaluate(`void fetch(${JSON.stringify(target)}, { method: 'POST', mode: 'no-cors' })`);
    expect((await answered).status()).toBe(403);
  } finally {
    await elsewhere.close();
  }
});

test('what the browser is watched for is noticed', async () => {
  const watched = await WatchedBrowser.start(world.url);
  try {
    const other = await watched.open();
    await other.setContent(`<canvas></canvas><img src="http://elsewhere.invalid/x.png">
      <script>console.error('one'); setTimeout(() => { throw new Error('two') });</script>`);
    const noticed = () => watched.problems.join('\n');
    await expect.poll(noticed, PATIENCE).toContain('a request to http://elsewhere.invalid');
    await expect.poll(noticed, PATIENCE).toContain('on the console: one');
    await expect.poll(noticed, PATIENCE).toContain('not caught: two');
    expect(await drawnForecast(other, 'canvas')).toEqual({ line: 0, band: 0 });
  } finally {
    await watched.close();
  }
});

/** Grid steps of a station that are closed. */
function steps(station: string): number {
  const of = times(station);
  return ((of.at(-2) ?? 0) - (of[0] ?? 0)) / HOUR_MS + 1;
}

/** Grid steps of the longest series. */
function longest(): number {
  return Math.max(...STATIONS.map(steps));
}

/** Whatever the gate said. */
async function putCmambaInCharge(stream: string): Promise<string> {
  const { versions } = await world.models(stream);
  const { version } = versions.find(({ kind }) => kind === 'cmamba')!;
  await world.use(stream, version);
  return version;
}

/** Publishes more, then looks: a version shows in a forecast, and that follows a reading. */
function afterMore(publishMore: () => Promise<void>, testId: string): () => Promise<string> {
  return async () => {
    await publishMore();
    return text(testId);
  };
}

/** Publishes the next of them whenever it is called. */
function oneByOne(stream: string, readings: readonly StationReading[]): () => Promise<void> {
  const left = readings.values();
  return () =>
    world.publish(
      stream,
      [left.next().value].filter((reading) => reading !== undefined),
    );
}

function askedForForecasts(): number {
  return browser.asked.filter((path) => path.endsWith('/forecast')).length;
}
