/** @file Starts the page: asks, listens, and hands what it hears to the parts that show it.
 *
 *  Law: what is on the screen belongs to the chosen series; an answer that comes after another choice is dropped. While
 *  the page is hidden it asks for nothing and holds no connection (browsers allow six to one host). */
import { type ModelsView, type TrainingJobView } from '#contracts';
import './styles/page.css';
import './styles/controls.css';
import './styles/head.css';
import './styles/series-list.css';
import './styles/chosen-series.css';
import './styles/channel-card.css';
import './styles/training-and-models.css';
import './styles/first-steps.css';
import { type Choice, choiceOf } from './address.js';
import { Api, sentenceOf } from './api.js';
import { type Catalog, type CatalogEntry, effectiveChoice, longestSteps, withForecast } from './catalog.js';
import { ChosenSeries } from './chosen-series.js';
import { firstSteps } from './first-steps.js';
import { openLiveSeries } from './live-series.js';
import { Models } from './models.js';
import { Notices } from './notices.js';
import { PageFrame } from './page-frame.js';
import { browserTimers, Repeater } from './rhythm.js';
import { type Picture } from './series-feed.js';
import { SeriesList } from './series-list.js';
import { readinessSentence } from './status-sentences.js';
import { isOpen, Training } from './training.js';
import { formatBytes, formatCount } from './numbers.js';
import { championOf } from './version-rows.js';

/** Pauses between questions, ms. */
const CATALOG_MS = 3_000;
const OTHER_STREAMS_MS = 15_000;
const JOBS_MS = 4_000;
const RUNNING_JOBS_MS = 1_000;
const MODELS_MS = 5_000;

const api = new Api(document.baseURI);
const notices = new Notices();
const list = new SeriesList();
const chosen = new ChosenSeries();
const models = new Models();
const training = new Training(
  {
    async train() {
      if (choice === null) return;
      await api.train(choice.stream);
      jobsRepeater.soon();
    },
    async cancel(job) {
      if (choice === null) return;
      await api.cancel(choice.stream, job);
      jobsRepeater.soon();
    },
  },
  api.url('board/'),
);
const root = document.querySelector<HTMLElement>('#page');
if (root === null) throw new Error('index.html has no element #page');
const frame = new PageFrame(root, {
  select: list.select,
  notices: notices.node,
  list: list.node,
  chosen: chosen.node,
  training: training.node,
  models: models.node,
});

const NOTHING_SEEN: Picture = { observed: null, forecast: null };
let catalog: Catalog = [];
let choice: Choice | null = null;
let closeLive = () => {};
let picture = NOTHING_SEEN;
let jobs: TrainingJobView[] = [];
let modelsView: ModelsView | null = null;
let staged = '';
const listedAt = new Map<string, number>();

/** One question: its failure becomes a notice, its next success takes the notice away. */
async function asking(what: string, request: () => Promise<void>): Promise<boolean> {
  try {
    await request();
    notices.set(what, null);
    return true;
  } catch (error) {
    notices.set(what, sentenceOf(error));
    return false;
  }
}

const catalogRepeater = new Repeater(
  () => asking('streams and series', askCatalog),
  () => CATALOG_MS,
  browserTimers,
);
const jobsRepeater = new Repeater(
  () => asking('training jobs', askJobs),
  () => (jobs.some(isOpen) ? RUNNING_JOBS_MS : JOBS_MS),
  browserTimers,
);
const modelsRepeater = new Repeater(
  () => asking('models', askModels),
  () => MODELS_MS,
  browserTimers,
);
const repeaters = [catalogRepeater, jobsRepeater, modelsRepeater];

async function askCatalog(): Promise<void> {
  const streams = await api.streams();
  const now = performance.now();
  catalog = await Promise.all(
    streams.map(async (stream): Promise<CatalogEntry> => {
      const name = stream.definition.stream;
      const before = catalog.find((entry) => entry.stream.definition.stream === name);
      const fresh = now - (listedAt.get(name) ?? -Infinity) < OTHER_STREAMS_MS;
      if (before !== undefined && before.series.length > 0 && fresh && name !== choice?.stream) {
        return { stream, series: before.series };
      }
      const series = await api.series(name);
      listedAt.set(name, now);
      return { stream, series };
    }),
  );
  choose();
}

async function askJobs(): Promise<void> {
  const asked = choice?.stream;
  if (asked === undefined) return;
  const answer = await api.trainingJobs(asked);
  if (asked !== choice?.stream) return;
  const ended = jobs.some(isOpen) && !answer.some(isOpen);
  jobs = answer;
  if (ended) modelsRepeater.soon();
  showTraining();
}

async function askModels(): Promise<void> {
  const asked = choice?.stream;
  if (asked === undefined) return;
  const answer = await api.models(asked);
  if (asked !== choice?.stream) return;
  modelsView = answer;
  models.show(answer);
  showTraining();
  showAbout();
}

/** Follows the address; opens another series where it means another one. */
function choose(): void {
  const next = effectiveChoice(catalog, choiceOf(location.hash));
  const same = next?.stream === choice?.stream && next?.series === choice?.series;
  const otherStream = next?.stream !== choice?.stream;
  choice = next;
  showStage();
  if (!same) openSeries();
  showList();
  if (otherStream) openStream();
  showAbout();
  showTraining();
}

function entryOfChoice(): CatalogEntry | undefined {
  return catalog.find((entry) => entry.stream.definition.stream === choice?.stream);
}

function showStage(): void {
  const stream = entryOfChoice()?.stream ?? null;
  const chosenSeries = choice?.series ?? null;
  const stage = stream === null ? 'no-stream' : chosenSeries === null ? 'no-series' : 'series';
  const next = `${stage} ${JSON.stringify(stream?.definition)}`;
  // The guide holds the present time; it is written once, so that somebody copying from it is not disturbed.
  if (next === staged) return;
  staged = next;
  frame.stage(stage, stage === 'series' ? null : firstSteps(api.url('./'), stream, Date.now()));
}

function openStream(): void {
  jobs = [];
  modelsView = null;
  training.reset();
  models.reset();
  jobsRepeater.soon();
  modelsRepeater.soon();
}

function openSeries(): void {
  closeSeries();
  const definition = entryOfChoice()?.stream.definition;
  const series = choice?.series ?? null;
  if (definition === undefined || series === null) return;
  document.title = `${series} · ${definition.stream} · Rollcast`;
  picture = NOTHING_SEEN;
  chosen.open(definition, series);
  closeLive = openLiveSeries(
    api,
    definition.stream,
    series,
    {
      picture: showPicture,
      problem: (sentence) => {
        notices.set('observed values', sentence);
      },
      connection: (state) => {
        frame.connection(state);
      },
    },
    browserTimers,
  );
}

function closeSeries(): void {
  closeLive();
  closeLive = () => {};
  notices.set('observed values', null);
  frame.connection('idle');
}

function showPicture(next: Picture): void {
  const drawn = next.forecast !== null && next.forecast !== picture.forecast;
  const switched = next.forecast?.model.version !== picture.forecast?.model.version;
  picture = next;
  chosen.show(next);
  if (drawn) frame.forecastDrawn();
  if (drawn && switched) modelsRepeater.soon();
  showList();
  showAbout();
  showTraining();
}

/** The list is asked for every few seconds; of the chosen series its forecast knows more. */
function showList(): void {
  const { forecast } = picture;
  const newer = (entry: CatalogEntry): CatalogEntry =>
    forecast === null || entry.stream.definition.stream !== forecast.stream
      ? entry
      : {
          ...entry,
          series: entry.series.map((one) =>
            one.series === forecast.series ? withForecast(one, forecast) : one,
          ),
        };
  list.show(catalog.map(newer), choice);
}

function showAbout(): void {
  const entry = entryOfChoice();
  const listed = entry?.series.find(({ series }) => series === choice?.series) ?? null;
  const champion = modelsView === null ? null : championOf(modelsView);
  chosen.about(listed, champion, entry?.stream.firstForecastAfterFrames ?? 0);
}

function showTraining(): void {
  frame.running(jobs.find((job) => job.state === 'running') ?? null);
  const entry = entryOfChoice();
  if (entry === undefined) return;
  const { stream } = entry;
  // A job that got past its history has shown that a training is possible.
  const possible = jobs.some(({ state }) => state === 'running' || state === 'completed');
  const untrained = modelsView !== null && modelsView.versions.length === 0 && !possible;
  const first = untrained ? `${readinessSentence(longestSteps(entry), stream.trainingNeedsSteps)} ` : '';
  const needs =
    `CMamba first forecasts a series after ${formatCount(stream.firstForecastAfterFrames)} of its frames ` +
    `and keeps ${formatBytes(stream.memoryPerSeriesBytes)} for it.`;
  training.show(jobs, first + needs);
}

addEventListener('hashchange', choose);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    for (const repeater of repeaters) repeater.stop();
    closeSeries();
  } else {
    for (const repeater of repeaters) repeater.start();
    openSeries();
  }
});
for (const repeater of repeaters) repeater.start();
