/** @file One run: its folder, and the servers it began, written down so that nothing outlives it.
 *
 *  Each run owns `runs/<id>/` in the cache; `run.json` there names the process that owns the run and every server.
 *  A clean end kills them and removes the folder. After a crash the next run does it: `endCrashedRuns` reads the
 *  records, and a run whose owner is gone is ended by its own recorded identities.
 *
 *  Law: a folder without a readable `run.json` was half removed (records appear with their folder, by a rename), and
 *  a process is killed only if it is the very one that was written down. It refuses to touch another machine's runs. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RollcastError } from '#contracts';
import { identityOf, isRunning, killRecorded, type ProcessIdentity } from './process-identity.js';

interface RunFile {
  readonly host: string;
  readonly owner: ProcessIdentity;
  readonly servers: Readonly<Record<string, ProcessIdentity>>;
}

const PREPARING = '.preparing-';

export class RunRecord {
  readonly folder: string;
  readonly #owner: ProcessIdentity;
  #servers: Readonly<Record<string, ProcessIdentity>> = {};

  private constructor(folder: string, owner: ProcessIdentity) {
    this.folder = folder;
    this.#owner = owner;
  }

  /** Begins a run that this process owns. */
  static begin(cache: string): RunRecord {
    const owner = identityOf(process.pid);
    if (owner === undefined) throw new RollcastError('INTERNAL', { problem: 'cannot identify this process' });
    const runs = join(cache, 'runs');
    mkdirSync(runs, { recursive: true });
    const prepared = mkdtempSync(join(runs, PREPARING));
    const folder = join(runs, `${process.pid}-${prepared.slice(-6)}`);
    const record = new RunRecord(folder, owner);
    writeFileSync(join(prepared, 'run.json'), record.#content());
    renameSync(prepared, folder);
    return record;
  }

  /** Writes a server down (again after a restart). */
  add(name: string, server: ProcessIdentity): void {
    this.#servers = { ...this.#servers, [name]: server };
    const next = join(this.folder, 'run.json.next');
    writeFileSync(next, this.#content());
    renameSync(next, join(this.folder, 'run.json'));
  }

  /** Kills what still runs and removes the folder; synchronous, so that it works while the process exits. */
  end(): void {
    for (const server of Object.values(this.#servers)) killRecorded(server);
    removeFolder(this.folder);
  }

  #content(): string {
    const content: RunFile = { host: hostname(), owner: this.#owner, servers: this.#servers };
    return JSON.stringify(content, null, 2);
  }
}

/** Ends the runs whose owner crashed: kills their servers, removes their folders.
 *  @returns one line for each run that was ended */
export function endCrashedRuns(cache: string): string[] {
  const runs = join(cache, 'runs');
  const said: string[] = [];
  for (const name of entriesOf(runs)) {
    const folder = join(runs, name);
    const record = readRecord(folder);
    if (record === 'unreadable') {
      // A folder that another run is preparing at this moment has no record for an instant.
      if (!name.startsWith(PREPARING)) removeFolder(folder);
      continue;
    }
    if (record.host !== hostname() || isRunning(record.owner)) continue;
    const killed = Object.entries(record.servers).filter(([, server]) => killRecorded(server));
    removeFolder(folder);
    said.push(
      `ended what a crashed run (process ${record.owner.pid}) left behind: ` +
        (killed.length === 0
          ? 'its folder'
          : killed.map(([server, { pid }]) => `${server} (process ${pid})`).join(', ')),
    );
  }
  return said;
}

function readRecord(folder: string): RunFile | 'unreadable' {
  try {
    return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunFile;
  } catch {
    return 'unreadable';
  }
}

/** Retries: a killed server may write its last file while the folder is being emptied. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
