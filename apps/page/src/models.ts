/** @file Model versions of a stream: what each scored on the held-back slice, and which one is the champion. */
import { type ModelsView } from '#contracts';
import { element, KeyedRows, type Row, setShown, setText } from './elements.js';
import { kindLabel } from './model-names.js';
import { type VersionRow, versionRows } from './version-rows.js';
import { formatError, formatShare } from './numbers.js';

const NOTHING = '–';

export class Models {
  readonly node: HTMLElement;
  readonly #body = element('tbody', { 'data-testid': 'model-versions' });
  readonly #refusals = element('ul', { class: 'refusals' });
  readonly #rows = new KeyedRows<VersionRow>(
    this.#body,
    (row) => row.version,
    () => modelRow(),
  );
  readonly #refusalRows = new KeyedRows<string>(
    this.#refusals,
    (text) => text,
    (text) => ({ node: element('li', { class: 'refusal' }, text), update: () => {} }),
  );

  constructor() {
    const column = (label: string, className = '') =>
      element('th', { scope: 'col', class: className }, label);
    this.node = element(
      'section',
      { class: 'panel', 'aria-labelledby': 'models-heading' },
      element('header', {}, element('h2', { id: 'models-heading' }, 'Model versions')),
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            column('version'),
            column('held\u2011back MAE', 'number'),
            column('90 % coverage', 'number'),
          ),
        ),
        this.#body,
      ),
      this.#refusals,
    );
  }

  show(models: ModelsView): void {
    this.#rows.show(versionRows(models));
    this.#refusalRows.show(
      models.refusals.map(
        ({ version, partition, problem }) => `${version} was refused by partition ${partition}: ${problem}`,
      ),
    );
    setShown(this.#refusals, models.refusals.length > 0);
  }

  reset(): void {
    this.#rows.show([]);
    this.#refusalRows.show([]);
  }
}

function modelRow(): Row<VersionRow> {
  const kind = element('span', { class: 'name' });
  const version = element('span', { class: 'code' });
  const champion = element('span', { class: 'badge', 'data-state': 'promoted' }, 'champion');
  const reason = element('p', { class: 'about' });
  const mae = element('td', { class: 'number' });
  const coverage = element('td', { class: 'number' });
  return {
    node: element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('div', { class: 'job-head' }, kind, version, champion), reason),
      mae,
      coverage,
    ),
    update: (row) => {
      setText(kind, kindLabel(row.kind));
      setText(version, row.version);
      setShown(champion, row.champion);
      setText(reason, row.reason);
      setText(mae, row.score === null ? NOTHING : formatError(row.score.mae));
      setText(coverage, row.score === null ? NOTHING : formatShare(row.score.coverage));
    },
  };
}
