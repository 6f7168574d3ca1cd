/** @file The service's side of the training thread: starts one for an order, keeps its checkpoints, ends it.
 *
 *  Law: when a call has settled its thread is gone. An abort gives the thread some seconds for a last checkpoint; one
 *  that is deep in a long computation is ended without it, as soon as it is in no native code, and the job goes on from
 *  the checkpoint before. */
import { Worker } from 'node:worker_threads';
import type { ExecutorWish } from '#compute';
import { RollcastError, type TrainingProgress } from '#contracts';
import { NativeGate } from './native-gate.js';
import {
  fromPlain,
  type FromThread,
  type RefitOrder,
  type ThreadOrder,
  type ThreadRefit,
  type ThreadStart,
  toPlain,
  type ToThread,
} from './thread-messages.js';

export interface ThreadHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly writeCheckpoint: (bytes: Buffer) => Promise<void>;
}

export interface ThreadOptions {
  readonly wish: ExecutorWish;
  /** The built entry; a spec that runs from the sources names it. */
  readonly entry?: URL;
  /** Between an abort and the end of a thread that does not answer. */
  readonly graceMs?: number;
}

/** A grid of validation takes longer than a step; what is lost then is the work since the last checkpoint. */
const GRACE_MS = 4_000;
const ENTRY = new URL('./training-thread.js', import.meta.url);

/** Refits in a thread of its own. The history is handed over: its arrays are empty here afterwards.
 *  @throws the signal's reason when it is aborted; INSUFFICIENT_HISTORY and whatever else a refit throws */
export async function refitInThread(
  order: RefitOrder,
  hooks: ThreadHooks,
  options: ThreadOptions,
): Promise<ThreadRefit> {
  const { wish, ...settings } = options;
  const runs = order.history.series.flatMap((series) => series.runs);
  const columns = runs.flatMap(({ values }) => values.map(({ buffer }) => buffer));
  const transferred = [...new Set(columns as ArrayBuffer[])];
  const end = await inThread({ task: 'refit', wish, ...order }, hooks, settings, transferred);
  if (end.what !== 'refitted') throw unexpected(end);
  return end.refit;
}

/** Which executor a training will use here, and why, in a sentence.
 *  @throws BAD_CONFIGURATION where the wish cannot be met */
export async function describeExecutor({ wish, ...settings }: ThreadOptions): Promise<string> {
  const hooks: ThreadHooks = {
    signal: new AbortController().signal,
    onProgress: () => undefined,
    writeCheckpoint: async () => undefined,
  };
  const end = await inThread({ task: 'choose executor', wish }, hooks, settings, []);
  if (end.what !== 'chosen') throw unexpected(end);
  return end.reason;
}

type End = Extract<FromThread, { readonly what: 'refitted' | 'chosen' }>;

async function inThread(
  order: ThreadOrder,
  { signal, onProgress, writeCheckpoint }: ThreadHooks,
  { entry = ENTRY, graceMs = GRACE_MS }: Omit<ThreadOptions, 'wish'>,
  transferred: ArrayBuffer[],
): Promise<End> {
  signal.throwIfAborted();
  const gate = NativeGate.forNewThread();
  const workerData: ThreadStart = { ...order, gate: gate.shared };
  const thread = new Worker(entry, { workerData, transferList: transferred });
  let gone = false;
  thread.once('exit', () => (gone = true));
  let grace: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  // Whatever is being written when the thread ends is finished first: the next run must not read beside it.
  let writing: Promise<void> = Promise.resolve();
  try {
    return await new Promise<End>((resolve, reject) => {
      const tell = (message: ToThread) => thread.postMessage(message);
      onAbort = () => {
        tell({ what: 'abort' });
        grace = setTimeout(() => reject(new RollcastError('INTERNAL', { problem: 'no answer' })), graceMs);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      thread.on('message', (message: FromThread) => {
        switch (message.what) {
          case 'progress':
            return onProgress(message.progress);
          case 'checkpoint':
            writing = writeCheckpoint(Buffer.from(message.bytes)).then(
              () => tell({ what: 'stored', problem: null }),
              (error: unknown) => tell({ what: 'stored', problem: toPlain(error) }),
            );
            return undefined;
          case 'refitted':
          case 'chosen':
            return resolve(message);
          case 'failed':
            return reject(fromPlain(message.problem));
          default:
            return message satisfies never;
        }
      });
      thread.on('error', reject);
      thread.once('exit', (code) =>
        reject(new RollcastError('INTERNAL', { problem: `the training thread ended with code ${code}` })),
      );
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
    await gate.shut(() => gone);
    await Promise.all([thread.terminate(), writing]);
  }
}

function unexpected({ what }: End): RollcastError {
  return new RollcastError('INTERNAL', { problem: `the training thread says "${what}"` });
}
