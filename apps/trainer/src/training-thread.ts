/** @file The worker thread of one training: ONNX Runtime computes on the thread that calls it, and this one has nothing
 *  else to do. Started by `refit-in-thread.ts` with an order; says what came of it and is ended.
 *
 *  Law: one thread, one order. An abort is heard between two steps; then a checkpoint is written. Native code runs behind
 *  the gate alone: the thread may be ended at any time. */
import { parentPort, workerData } from 'node:worker_threads';
import { chooseExecutor } from '#compute';
import { refit } from '#engine';
import { behindGate, NativeGate } from './native-gate.js';
import { fromPlain, type FromThread, type ThreadStart, toPlain, type ToThread } from './thread-messages.js';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');

const abort = new AbortController();
let stored: (problem: Error | null) => void = () => undefined;
port.on('message', (message: ToThread) => {
  switch (message.what) {
    case 'abort':
      return abort.abort(new Error('aborted by the service'));
    case 'stored':
      return stored(message.problem === null ? null : fromPlain(message.problem));
    default:
      return message satisfies never;
  }
});

function say(message: FromThread, transferred: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transferred);
}

async function run(order: ThreadStart): Promise<void> {
  const gate = new NativeGate(order.gate);
  // Also where none can be had: a thread that stayed inside could never be ended.
  const choice = chooseExecutor({ wish: order.wish, threads: 1 }).finally(() => gate.leave());
  const { executor, reason } = await choice;
  if (order.task === 'choose executor') return say({ what: 'chosen', reason });
  const { history, ranges, seed, champion, checkpoint } = order;
  const { fitted, championProblem, ...rest } = await refit({
    history,
    ranges,
    seed,
    champion,
    executor: behindGate(executor, gate),
    signal: abort.signal,
    onProgress: (progress) => say({ what: 'progress', progress }),
    checkpoints: {
      read: async () => (checkpoint === null ? null : asBuffer(checkpoint)),
      write: (bytes) =>
        new Promise<void>((resolve, reject) => {
          stored = (problem) => (problem === null ? resolve() : reject(problem));
          say({ what: 'checkpoint', bytes });
        }),
    },
  });
  const problem = championProblem === null ? null : toPlain(championProblem);
  const buffers = fitted.flatMap(({ tensors }) => [...tensors.values()].map(({ values }) => values.buffer));
  say({ what: 'refitted', refit: { ...rest, fitted, championProblem: problem } }, [
    ...new Set(buffers as ArrayBuffer[]),
  ]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

run(workerData as ThreadStart).catch((error: unknown) => say({ what: 'failed', problem: toPlain(error) }));
