/** @file The frame of the page: head with the connection, notices, the list at the left, the chosen series, training
 *  and models below. Only places; nothing here asks for anything. */
import { type ConnectionState } from './forecast-events.js';
import { element, setShown, setText } from './elements.js';
import { type TrainingJobView } from '#contracts';
import { JobProgress } from './training.js';

const CONNECTION: Readonly<Record<ConnectionState | 'idle', string>> = {
  idle: 'no series chosen',
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'connection lost, reconnecting',
};

export interface Places {
  readonly select: HTMLElement;
  readonly notices: HTMLElement;
  readonly list: HTMLElement;
  readonly chosen: HTMLElement;
  readonly training: HTMLElement;
  readonly models: HTMLElement;
}

export class PageFrame {
  readonly #connection = element('p', { class: 'connection', role: 'status', 'data-testid': 'connection' });
  readonly #running = element('div', { class: 'running', 'data-testid': 'training-running' });
  readonly #progress = new JobProgress();
  readonly #guide = element('div');
  readonly #lower = element('div', { class: 'lower' });
  #forecasts = 0;

  constructor(
    root: HTMLElement,
    private readonly places: Places,
  ) {
    this.#running.append(element('strong', {}, 'Training'), this.#progress.node);
    this.#lower.append(places.training, places.models);
    root.replaceChildren(
      element('header', { class: 'head' }, element('h1', {}, 'Rollcast'), places.select, this.#connection),
      places.notices,
      element(
        'div',
        { class: 'body' },
        places.list,
        element('main', {}, this.#running, places.chosen, this.#guide, this.#lower),
      ),
    );
    this.connection('idle');
    this.running(null);
    this.stage('loading', null);
  }

  /** `loading`: nothing is known yet; `no-stream`, `no-series`: a guide says how to begin; `series`: one is chosen.
   *  Training and models belong to a stream; without one they have nothing to say. */
  stage(stage: 'loading' | 'no-stream' | 'no-series' | 'series', guide: HTMLElement | null): void {
    setShown(this.places.chosen, stage === 'series');
    setShown(this.places.list, stage !== 'loading');
    setShown(this.#lower, stage === 'series' || stage === 'no-series');
    setShown(this.#guide, stage !== 'series');
    const loading = element('p', { class: 'about' }, 'Asking for the streams …');
    this.#guide.replaceChildren(...(stage === 'loading' ? [loading] : guide === null ? [] : [guide]));
  }

  title(text: string): void {
    document.title = `${text} · Rollcast`;
  }

  connection(state: ConnectionState | 'idle'): void {
    setText(this.#connection, CONNECTION[state]);
    this.#connection.dataset['state'] = state;
    document.body.dataset['connection'] = state;
  }

  /** The job under way, at the head, where it is seen beside the charts; null: none. */
  running(job: TrainingJobView | null): void {
    setShown(this.#running, job !== null);
    if (job !== null) this.#progress.show(job);
  }

  /** Counts forecasts on the screen: `data-forecasts` of the body. */
  forecastDrawn(): void {
    this.#forecasts += 1;
    document.body.dataset['forecasts'] = String(this.#forecasts);
  }
}
