/** @file Training: ask for one, watch it, cancel it, read what the gate said. */
import { type TrainingJobView } from '#contracts';
import { element, KeyedRows, type Row, setShown, setText } from './elements.js';
import { jobSentence, trainingFraction } from './status-sentences.js';
import { wallTime } from './time.js';

/** Older ones are on the queue's board. */
const MOST_JOBS = 8;

/** Whether a job is not at its end. */
export function isOpen(job: TrainingJobView): boolean {
  return job.state === 'waiting' || job.state === 'running';
}

/** The bar and the sentence of one job; used in the list and at the head of the page. */
export class JobProgress {
  readonly #bar = element('progress', { max: '1', 'aria-label': 'Progress of the training' });
  readonly #sentence = element('p', { class: 'sentence' });
  readonly node = element('div', { class: 'job-progress' }, this.#sentence, this.#bar);

  show(job: TrainingJobView): void {
    setText(this.#sentence, jobSentence(job));
    setShown(this.#bar, job.state === 'running');
    const fraction = trainingFraction(job.progress);
    // Without a value the bar says "under way, nobody knows how far".
    if (fraction === null) this.#bar.removeAttribute('value');
    else this.#bar.value = fraction;
  }
}

export interface TrainingActions {
  train(): Promise<void>;
  cancel(job: string): Promise<void>;
}

export class Training {
  readonly node: HTMLElement;
  readonly #button = element(
    'button',
    { type: 'button', class: 'primary', 'data-testid': 'train-now' },
    'Train now',
  );
  readonly #readiness = element('p', { class: 'about', 'data-testid': 'training-readiness' });
  readonly #refusal = element('p', { class: 'refusal', role: 'alert', 'data-testid': 'training-refusal' });
  readonly #list = element('ol', { class: 'jobs', 'data-testid': 'training-jobs' });
  readonly #rows: KeyedRows<TrainingJobView>;
  #asking = false;
  #open = false;

  constructor(
    private readonly actions: TrainingActions,
    boardUrl: string,
  ) {
    this.#rows = new KeyedRows(
      this.#list,
      (job) => job.job,
      (job) => this.#jobRow(job),
    );
    this.node = element(
      'section',
      { class: 'panel', 'aria-labelledby': 'training-heading' },
      element(
        'header',
        {},
        element('h2', { id: 'training-heading' }, 'Training'),
        element('a', { href: boardUrl, 'data-testid': 'board-link' }, 'Queue board'),
        this.#button,
      ),
      this.#readiness,
      this.#refusal,
      this.#list,
    );
    this.#button.addEventListener('click', () => void this.#try(() => this.actions.train()));
    setShown(this.#refusal, false);
  }

  show(jobs: readonly TrainingJobView[], readiness: string): void {
    setText(this.#readiness, readiness);
    this.#open = jobs.some(isOpen);
    this.#rows.show(jobs.slice(0, MOST_JOBS));
    this.#enable();
  }

  /** Another stream: what was refused for the last one says nothing here. */
  reset(): void {
    setShown(this.#refusal, false);
    this.#rows.show([]);
  }

  #enable(): void {
    this.#button.disabled = this.#asking || this.#open;
    this.#button.title = this.#open ? 'A training of this stream is under way' : '';
  }

  async #try(request: () => Promise<void>): Promise<void> {
    this.#asking = true;
    this.#enable();
    setShown(this.#refusal, false);
    try {
      await request();
    } catch (error) {
      setText(this.#refusal, error instanceof Error ? error.message : String(error));
      setShown(this.#refusal, true);
    }
    this.#asking = false;
    this.#enable();
  }

  #jobRow(first: TrainingJobView): Row<TrainingJobView> {
    const state = element('span', { class: 'badge' });
    const asked = element('span', { class: 'about' });
    const result = element('span', { class: 'code' });
    const cancel = element(
      'button',
      { type: 'button', 'aria-label': `Cancel training ${first.job}` },
      'Cancel',
    );
    cancel.addEventListener('click', () => void this.#try(() => this.actions.cancel(first.job)));
    const progress = new JobProgress();
    return {
      node: element(
        'li',
        {},
        element('div', { class: 'job-head' }, state, result, asked, cancel),
        progress.node,
      ),
      update: (job) => {
        const promoted = job.verdict?.promoted;
        setText(state, promoted === undefined ? job.state : promoted ? 'promoted' : 'rejected');
        state.dataset['state'] = promoted === true ? 'promoted' : job.state;
        setText(result, job.verdict?.version ?? '');
        setShown(result, job.verdict !== null);
        setText(asked, `by ${job.requestedBy} · ${wallTime(Date.parse(job.finishedAt ?? job.requestedAt))}`);
        setShown(cancel, isOpen(job));
        progress.show(job);
      },
    };
  }
}
