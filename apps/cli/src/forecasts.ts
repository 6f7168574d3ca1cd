/** @file Forecasts on the terminal: a table a series, or JSON lines.
 *
 *  Law: with `--json` one line is one forecast, exactly as it is on the topic. A followed connection that ends is
 *  opened again; between two connections a forecast may be missed (the topic has them all). */
import { type Forecast, formatTime, judgedLeads } from '#contracts';
import { pause } from '#platform';
import type { Context } from './context.js';
import { CommandFailed } from './failures.js';
import { RollcastApi } from './http/rollcast-api.js';
import { untilInterrupted } from './interruption.js';
import { minute } from './terminal/figures.js';
import { renderTable } from './terminal/table.js';

export interface ForecastsOptions {
  readonly series?: string;
  readonly follow?: true;
  readonly url: string;
  readonly json?: true;
}

const AGAIN_MS = 1_000;
/** Names of series in a refusal. */
const SOME = 10;

export async function forecasts(context: Context, stream: string, options: ForecastsOptions): Promise<void> {
  const { console, signal } = context;
  const api = new RollcastApi(options.url, signal);
  const show = (forecast: Forecast) => {
    if (options.json === true) console.print(JSON.stringify(forecast));
    else forecastTable(forecast, console.columns).forEach(console.print);
  };
  const there = (await api.series(stream)).map(({ series }) => series);
  const wanted = options.series === undefined ? there : [options.series];
  let known = 0;
  // One at a time: a stream may have thousands.
  for (const series of wanted) {
    const forecast = await api.forecast(stream, series);
    if (forecast === null) continue;
    known += 1;
    show(forecast);
  }
  if (options.follow === true) await follow(api, stream, options.series, show, context);
  else if (known === 0) {
    // A stream that does not exist is a better answer than "nothing yet".
    await api.stream(stream);
    if (options.series !== undefined && there.length > 0) {
      const more = there.length > SOME ? `, and ${there.length - SOME} more` : '';
      throw new CommandFailed(
        `stream "${stream}" has no series "${options.series}"; it has ${there.slice(0, SOME).join(', ')}${more}`,
      );
    }
    throw new CommandFailed(
      `no forecast of "${stream}" yet: the first one follows the first closed step of a series`,
    );
  }
}

async function follow(
  api: RollcastApi,
  stream: string,
  series: string | undefined,
  show: (forecast: Forecast) => void,
  { console, signal }: Context,
): Promise<void> {
  const reading = async (): Promise<never> => {
    for (;;) {
      try {
        for await (const forecast of api.forecastEvents(stream, series)) show(forecast);
      } catch (error) {
        signal.throwIfAborted();
        console.say(`${(error as Error).message}; trying again`);
      }
      await pause(AGAIN_MS, signal);
    }
  };
  // Ctrl-C is how it is meant to end.
  await Promise.race([reading().catch(() => undefined), untilInterrupted(signal)]);
}

/** The forecast of each channel at the leads that are judged, as many as fit: the first and the horizon always.
 *  @param width characters in a line */
export function forecastTable(forecast: Forecast, width: number): string[] {
  const { series, origin, horizon, model, warmingUp, unobserved } = forecast;
  const warm = warmingUp === null ? '' : `, warming up (${warmingUp.have} of ${warmingUp.need} frames)`;
  const title = `${series} after ${minute(origin)}, by ${model.version}${warm}`;
  let leads = judgedLeads(horizon);
  let lines = atLeads(forecast, leads, Number.MAX_SAFE_INTEGER);
  while (leads.length > 2 && lines.some((line) => line.length > width)) {
    leads = leads.filter((_, index) => index !== leads.length - 2);
    lines = atLeads(forecast, leads, Number.MAX_SAFE_INTEGER);
  }
  const missing = unobserved.length === 0 ? [] : [`not observed at the origin: ${unobserved.join(', ')}`];
  return [title, ...atLeads(forecast, leads, width), ...missing, ''];
}

/** A line a channel: point and interval at each lead. */
function atLeads(
  { origin, frequencyMs, channels }: Forecast,
  leads: readonly number[],
  width: number,
): string[] {
  const columns = [
    { title: 'channel', mayShrink: true },
    ...leads.map((lead) => ({
      title: minute(formatTime(Date.parse(origin) + lead * frequencyMs)),
      align: 'right' as const,
    })),
  ];
  const rows = Object.entries(channels).map(([name, { point, quantiles }]) => [
    name,
    ...leads.map((lead) => {
      const at = lead - 1;
      return `${point[at] ?? '-'} (${quantiles['0.05'][at] ?? '-'}..${quantiles['0.95'][at] ?? '-'})`;
    }),
  ]);
  return renderTable(columns, rows, width);
}
