/** @file A headless Chromium that is watched: what its pages complain of, and what they ask of whom.
 *
 *  Law: nothing leaves for another origin than the watched one; the attempt is a problem. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ensureChromium } from '#local';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Of one wait of the browser; two cores may be busy with others. */
const PATIENCE_MS = 30_000;

export class WatchedBrowser {
  /** Errors on consoles, errors that nobody caught, requests to others. */
  readonly problems: string[] = [];
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {}

  /** @param origin the only one that pages may ask */
  static async start(origin: string): Promise<WatchedBrowser> {
    const executablePath = ensureChromium((line) => process.stdout.write(`${line}\n`));
    // Playwright gives it a profile of its own and removes that at the end.
    const browser = await chromium.launch({ executablePath, args: FLAGS });
    const context = await browser.newContext({
      viewport: { width: 1_280, height: 800 },
      colorScheme: 'light',
      timezoneId: 'America/New_York',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const watched = new WatchedBrowser(browser, context);
    const isForeign = (url: URL) => /^(https?|wss?):$/.test(url.protocol) && url.origin !== origin;
    await context.route(isForeign, (route) => route.abort());
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (isForeign(url)) watched.problems.push(`a request to ${url.origin}`);
      else watched.asked.push(url.pathname);
    });
    context.on('console', (message) => {
      if (message.type() !== 'error') return;
      watched.problems.push(`on the console: ${message.text()} ${message.location().url}`);
    });
    context.on('weberror', (error) => watched.problems.push(`not caught: ${error.error().message}`));
    return watched;
  }

  async open(url?: string): Promise<Page> {
    const page = await this.context.newPage();
    if (url !== undefined) await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

/** Pixels of a canvas in the colour of forecasts: of the line (opaque) and of the interval's band (see-through). */
export interface DrawnForecast {
  readonly line: number;
  readonly band: number;
}

/** @param selector finds one canvas */
export function drawnForecast(page: Page, selector: string): Promise<DrawnForecast> {
  // As text: it runs in the browser, whose types Node does not know.
  return page.evaluate<DrawnForecast>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--forecast').trim();
    const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const drawn = { line: 0, band: 0 };
    for (let at = 0; at < data.length; at += 4) {
      if (!wanted.every((value, index) => Math.abs(data[at + index] - value) <= 12)) continue;
      if (data[at + 3] > 220) drawn.line += 1;
      else if (data[at + 3] > 20) drawn.band += 1;
    }
    return drawn;
  })()`);
}
