/** @file Stream definitions from the command line: they are written and read over HTTP. */
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { StreamView } from '#contracts';
import type { Context } from './context.js';
import { CommandFailed } from './failures.js';
import { type DefinitionBody, RollcastApi } from './http/rollcast-api.js';
import { bytes, count } from './terminal/figures.js';
import { renderTable } from './terminal/table.js';
import { unreadable } from './unreadable.js';

export interface StreamOptions {
  readonly url: string;
  readonly json?: true;
}

export async function listStreams({ console, signal }: Context, { url, json }: StreamOptions): Promise<void> {
  const views = await new RollcastApi(url, signal).streams();
  if (json === true) return console.print(JSON.stringify(views, null, 2));
  if (views.length === 0) return console.say('no stream yet: rollcast replay FILE.csv --create makes one');
  const columns = [
    { title: 'stream' },
    { title: 'channels', mayShrink: true },
    { title: 'every', align: 'right' },
    { title: 'lookback', align: 'right' },
    { title: 'horizon', align: 'right' },
    { title: 'a series', align: 'right' },
  ] as const;
  const rows = views.map(({ definition, memoryPerSeriesBytes }) => [
    definition.stream,
    definition.channels.map(({ name }) => name).join(', '),
    definition.frequency,
    String(definition.lookback),
    String(definition.horizon),
    bytes(memoryPerSeriesBytes),
  ]);
  renderTable(columns, rows, console.columns).forEach(console.print);
}

export async function showStream(
  { console, signal }: Context,
  name: string,
  { url }: StreamOptions,
): Promise<void> {
  console.print(JSON.stringify(await new RollcastApi(url, signal).stream(name), null, 2));
}

export async function putStream(
  { console, signal }: Context,
  name: string,
  file: string,
  { url, json }: StreamOptions,
): Promise<void> {
  const view = await new RollcastApi(url, signal).putStream(name, await definitionIn(file, name));
  if (json === true) console.print(JSON.stringify(view, null, 2));
  else whatItCosts(view).forEach(console.print);
}

export async function deleteStream(
  { console, signal }: Context,
  name: string,
  { url }: StreamOptions,
): Promise<void> {
  await new RollcastApi(url, signal).deleteStream(name);
  console.say(`stream "${name}" is deleted; its frames and forecasts stay in Kafka`);
}

/** What a person should know before the first reading. */
export function whatItCosts(view: StreamView): string[] {
  const { definition, memoryPerSeriesBytes, firstForecastAfterFrames, trainingNeedsSteps } = view;
  return [
    `stream "${definition.stream}": ${definition.channels.length} channels every ${definition.frequency}, ` +
      `${definition.horizon} steps ahead of ${definition.lookback}`,
    `a series needs ${bytes(memoryPerSeriesBytes)} in memory when CMamba serves; its first CMamba forecast comes after ` +
      `${count(firstForecastAfterFrames)} frames, a training needs ${count(trainingNeedsSteps)} steps`,
  ];
}

/** A definition from a file, or from stdin; its `stream`, if it has one, must be the name. */
async function definitionIn(file: string, name: string): Promise<DefinitionBody> {
  const text = await (file === '-' ? textOf(process.stdin) : readFile(file, 'utf8')).catch(
    (error: unknown) => {
      throw new CommandFailed(unreadable(file, error));
    },
  );
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new CommandFailed(`cannot read a definition from ${file}: ${(error as Error).message}`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new CommandFailed(
      `${file} holds no definition: a JSON object with channels and a frequency is wanted`,
    );
  }
  const { stream = name, ...body } = content as DefinitionBody;
  // What `stream show` prints is taken as well.
  if ('definition' in body) {
    const { stream: named = name, ...inner } = body['definition'] as DefinitionBody;
    return sameName(file, name, named, inner);
  }
  return sameName(file, name, stream, body);
}

function sameName(file: string, name: string, named: unknown, body: DefinitionBody): DefinitionBody {
  if (named === name) return body;
  throw new CommandFailed(`${file} defines "${String(named)}", not "${name}"`);
}
