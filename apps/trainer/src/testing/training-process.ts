/** @file A trainer process to be killed: the worker with a training that counts, and remembers how far it came in a
 *  checkpoint file. Started by tests with `fork`.
 *
 *  Argument: JSON of `TrainingProcessOptions`. Messages to the parent: `{ begun, step }`, then `{ job, step }` for every
 *  step. SIGTERM ends it in order; it ends when its parent does. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import type { StreamDefinition } from '#contracts';
import { Cancellation } from '../cancellation.js';
import { RedisLink } from '../redis-link.js';
import { TrainerKeys } from '../trainer-keys.js';
import type { TrainingRun } from '../training-run.js';
import { TrainingWorker, type WorkerSettings } from '../training-worker.js';

export interface TrainingProcessOptions {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly definition: StreamDefinition;
  readonly settings: WorkerSettings;
  /** Of the checkpoints. */
  readonly folder: string;
  /** Of a training. */
  readonly steps: number;
  readonly stepMs: number;
}

/** What the process says to its parent. */
export interface TrainingProcessMessage {
  /** The job of which a step is done. */
  readonly job?: string;
  /** The job that is begun, or goes on, at this step. */
  readonly begun?: string;
  readonly step: number;
}

interface Checkpoint {
  readonly step: number;
  readonly hash: string;
}

/** Every step depends on all steps before it, so a lost or doubled one shows in the end. */
function counting({ folder, steps, stepMs }: TrainingProcessOptions): TrainingRun {
  return async (request) => {
    const { job, stream, seed, signal } = request;
    const file = join(folder, `${job}.json`);
    let { step, hash }: Checkpoint = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as Checkpoint)
      : { step: 0, hash: `${stream.stream} ${seed}` };
    say({ begun: job, step });
    while (step < steps) {
      await setTimeout(stepMs);
      signal.throwIfAborted();
      step += 1;
      hash = createHash('sha256').update(`${hash} ${step}`).digest('hex');
      writeFileSync(`${file}.tmp`, JSON.stringify({ step, hash } satisfies Checkpoint));
      renameSync(`${file}.tmp`, file);
      const counts = { epoch: 1, epochs: 1, step, steps };
      request.onProgress({ phase: 'training', ...counts, loss: null, validation: null, secondsLeft: null });
      say({ job, step });
    }
    return { promoted: true, version: `cmamba-${hash.slice(0, 12)}`, kind: 'cmamba', reason: hash };
  };
}

function say(message: TrainingProcessMessage): void {
  process.send?.(message);
}

function run(options: TrainingProcessOptions): void {
  const { redisUrl, prefix, definition, settings } = options;
  const link = new RedisLink(redisUrl);
  const keys = new TrainerKeys(prefix);
  const worker = new TrainingWorker({
    link,
    keys,
    run: counting(options),
    cancellation: new Cancellation(link, keys),
    definitions: { get: () => definition, catchUp: async () => undefined },
    settings,
  });
  process.on('SIGTERM', () => {
    void worker.stop(5_000).then(() => {
      link.close();
      process.exit(0);
    });
  });
  // The spec that started this process is gone.
  process.on('disconnect', () => process.exit(1));
}

run(JSON.parse(process.argv[2] ?? '') as TrainingProcessOptions);
