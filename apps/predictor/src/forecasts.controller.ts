/** @file Forecasts over HTTP: series of a stream, the latest forecast, recent frames, and server-sent events. */
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { type Forecast, type RecentView, RollcastError, type SeriesView } from '#contracts';
import { ForecastFeed } from './forecast-feed.js';
import { SeriesViews } from './series-views.js';

/** The raw answer of Fastify, as far as an event stream needs it. */
interface RawReply {
  hijack(): unknown;
  readonly raw: {
    readonly destroyed: boolean;
    writeHead(status: number, headers: Record<string, string>): unknown;
    write(text: string): boolean;
    on(event: 'drain' | 'close', listener: () => void): unknown;
  };
}

@Controller('v1')
export class ForecastsController {
  constructor(
    @Inject(SeriesViews) private readonly views: SeriesViews,
    @Inject(ForecastFeed) private readonly feed: ForecastFeed,
  ) {}

  @Get('streams/:stream/series')
  list(@Param('stream') stream: string): Promise<SeriesView[]> {
    return this.views.list(stream);
  }

  @Get('streams/:stream/series/:series/forecast')
  forecast(@Param('stream') stream: string, @Param('series') series: string): Promise<Forecast> {
    return this.views.forecast(stream, series);
  }

  @Get('streams/:stream/series/:series/recent')
  recent(@Param('stream') stream: string, @Param('series') series: string): Promise<RecentView> {
    return this.views.recent(stream, series);
  }

  /** Open until the reader goes.
   *  @throws INVALID_REQUEST, NO_SUCH_STREAM, TOO_MANY_LISTENERS */
  @Get('forecasts/events')
  async events(@Query() query: Readonly<Record<string, unknown>>, @Res() reply: RawReply): Promise<void> {
    const [stream, series] = [once(query, 'stream'), once(query, 'series')];
    if (stream) await this.views.refuseUnknown(stream);
    this.feed.refuseWhenFull();
    reply.hijack();
    // Gone while its stream was looked up: nobody would ever say so again.
    if (reply.raw.destroyed) return;
    reply.raw.writeHead(200, {
      // Exactly this: proxies know an event stream by it, and UTF-8 is what it is.
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      // Proxies that buffer would hold events back.
      'x-accel-buffering': 'no',
    });
    const filter = { ...(stream ? { stream } : {}), ...(series ? { series } : {}) };
    const end = this.feed.listen(filter, {
      write: (text) => reply.raw.write(text),
      onDrained: (listener) => reply.raw.on('drain', listener),
    });
    reply.raw.on('close', end);
  }
}

/** A parameter of the query, where it is there.
 *  @throws INVALID_REQUEST when it is there more than once */
function once(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new RollcastError('INVALID_REQUEST', { problem: `"${name}" may be given once only` });
}
