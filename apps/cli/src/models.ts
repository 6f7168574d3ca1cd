/** @file Model versions on the terminal: who serves, who was refused and why. */
import { COLD_START_VERSION, type ModelsView } from '#contracts';
import type { Context } from './context.js';
import { RollcastApi } from './http/rollcast-api.js';
import { error, minute, percent } from './terminal/figures.js';
import { renderTable } from './terminal/table.js';

export interface ModelsOptions {
  readonly use?: string;
  readonly url: string;
  readonly json?: true;
}

export async function models(
  { console, signal }: Context,
  stream: string,
  options: ModelsOptions,
): Promise<void> {
  const api = new RollcastApi(options.url, signal);
  const view =
    options.use === undefined ? await api.models(stream) : await api.useVersion(stream, options.use);
  if (options.json === true) return console.print(JSON.stringify(view, null, 2));
  if (view.versions.length > 0) versionTable(view, console.columns).forEach(console.print);
  console.say(championLine(view));
  for (const { version, partition, problem } of view.refusals) {
    console.say(`partition ${partition} refused ${version}: ${problem}`);
  }
}

/** @param width characters in a line */
export function versionTable({ champion, versions }: ModelsView, width: number): string[] {
  const columns = [
    { title: '' },
    { title: 'version' },
    { title: 'made' },
    { title: 'MAE', align: 'right' },
    { title: 'skill', align: 'right' },
    { title: 'in 90 %', align: 'right' },
    { title: 'verdict', mayShrink: true },
  ] as const;
  // Nobody trained it, so no record tells of it.
  const coldStart =
    champion === null || champion.version === COLD_START_VERSION
      ? [['*', COLD_START_VERSION, '-', '-', '-', '-', 'built in: it needs no training']]
      : [];
  const rows = versions.map(({ version, kind, createdAt, scores, verdict, reason }) => {
    const score = scores[kind];
    return [
      version === champion?.version ? '*' : '',
      version,
      minute(createdAt).slice(0, 16),
      score === undefined ? '-' : error(score.mae),
      percent(score?.skill ?? null),
      percent(score?.coverage ?? null),
      `${verdict}: ${reason}`,
    ];
  });
  return renderTable(columns, [...rows, ...coldStart], width);
}

function championLine({ champion }: ModelsView): string {
  return champion === null
    ? `no training has put a version in charge yet: ${COLD_START_VERSION} serves`
    : `* ${champion.version} serves (${champion.by === 'person' ? 'chosen by a person' : 'chosen by the gate'}: ${champion.reason})`;
}
