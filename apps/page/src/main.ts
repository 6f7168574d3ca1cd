/** @file Starts the page: puts its parts together and tells it what the browser says. */
import './styles/page.css';
import './styles/controls.css';
import './styles/head.css';
import './styles/series-list.css';
import './styles/chosen-series.css';
import './styles/channel-card.css';
import './styles/training-and-models.css';
import './styles/first-steps.css';
import { Api } from './api.js';
import { ChosenSeries } from './chosen-series.js';
import { firstSteps } from './first-steps.js';
import { LivePage } from './live-page.js';
import { openLiveSeries } from './live-series.js';
import { Models } from './models.js';
import { Notices } from './notices.js';
import { PageFrame } from './page-frame.js';
import { browserTimers } from './rhythm.js';
import { SeriesList } from './series-list.js';
import { Training } from './training.js';

const api = new Api(document.baseURI);
const notices = new Notices();
const list = new SeriesList();
const chosen = new ChosenSeries();
const models = new Models();
const training = new Training(
  { train: () => page.train(), cancel: (job) => page.cancel(job) },
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
const page: LivePage = new LivePage(
  api,
  { notices, list, chosen, training, models, frame },
  {
    timers: browserTimers,
    now: () => performance.now(),
    hash: () => location.hash,
    guide: (stream) => firstSteps(api.url('./'), stream, Date.now()),
    open: (stream, series, listener) => openLiveSeries(api, stream, series, listener, browserTimers),
  },
);

addEventListener('hashchange', () => {
  page.choose();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) page.hide();
  else page.show();
});
page.show();
