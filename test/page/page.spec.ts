/** @file The page as a person meets it: real services behind one base URL, a real browser, one story from the empty page
 *  on. With ROLLCAST_SCREENSHOT=FILE.png a training follows, and the picture of the README is taken. */
import { statSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { COLD_START_VERSION, type StreamView } from '#contracts';
import { drawnForecast, WatchedBrowser } from './browser.js';
import { PageWorld } from './page-world.js';
import { CHANNELS, HOUR_MS, type StationReading, WEATHER, weatherReadings } from './weather.js';

/** Where a picture of the page is wanted, if it is. */
const SCREENSHOT = process.env['ROLLCAST_SCREENSHOT'];
/** Of a README. */
const LARGEST_PICTURE_BYTES = 250_000;
const PATIENCE = { timeout: 60_000 };
/** Not so many that a training is possible. */
const UNTIL = Date.UTC(2013, 0, 18);
/** Enough for a training to be worth its while. */
const PICTURE_UNTIL = Date.UTC(2013, 4, 20);
const STATIONS = ['EWR', 'JFK', 'LGA'];

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
    await publishUntil(UNTIL);
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
    'has its picture taken while a trained model serves',
    async () => {
      await publishUntil(PICTURE_UNTIL);
      await expect.poll(() => text('origin'), { timeout: 240_000 }).toBe(origin('EWR'));
      await page.getByTestId('train-now').click();
      await page.getByTestId('training-running').waitFor();
      await expect.poll(() => text('training-jobs'), { timeout: 300_000 }).toContain('promoted');
      // It shows in a forecast, and that follows a reading.
      const served = async () => {
        await publishHour();
        return text('model-version');
      };
      await expect.poll(served, { timeout: 120_000, interval: 1_000 }).not.toBe(COLD_START_VERSION);
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

/** Grid steps of the longest series. */
function longest(): number {
  const steps = STATIONS.map(times).map((of) => ((of.at(-2) ?? 0) - (of[0] ?? 0)) / HOUR_MS + 1);
  return Math.max(...steps);
}

function askedForForecasts(): number {
  return browser.asked.filter((path) => path.endsWith('/forecast')).length;
}
