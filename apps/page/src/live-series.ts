/** @file One series, live: its feed and its connection, opened and closed together.
 *
 *  Law: after `close()` nothing more of the series is said, whatever answers are still under way. */
import { type Api } from './api.js';
import { type ConnectionState, ForecastEvents } from './forecast-events.js';
import { type Timers } from './rhythm.js';
import { type FeedListener, SeriesFeed } from './series-feed.js';

export interface LiveListener extends FeedListener {
  connection(state: ConnectionState): void;
}

/** @returns what closes it */
export function openLiveSeries(
  api: Api,
  stream: string,
  series: string,
  listener: LiveListener,
  timers: Timers,
): () => void {
  const feed = new SeriesFeed(
    { recent: () => api.recent(stream, series), forecast: () => api.forecast(stream, series) },
    listener,
    timers,
  );
  const events = new ForecastEvents(
    () => new EventSource(api.eventsUrl(stream, series)),
    {
      forecast: (forecast) => {
        feed.take(forecast);
      },
      state: (state) => {
        listener.connection(state);
        // What was sent before the connection stood, or while it was lost, is fetched.
        if (state === 'live') void feed.refresh();
      },
    },
    timers,
  );
  // The values need no event stream: they come also where that one does not.
  void feed.refresh();
  return () => {
    events.close();
    feed.end();
  };
}
