/** @file A training thread that acts a part: what its order asks for instead of a seed. */
import { parentPort, workerData } from 'node:worker_threads';

const refit = { fitted: [], champion: null, championProblem: null, framesUntil: 'then', seconds: {} };
const told = [];
let wake = () => undefined;
parentPort.on('message', (message) => {
  told.push(message);
  wake();
});
/** As `NativeGate` has it: a thread begins inside. */
const gate = new Int32Array(workerData.gate);
const leave = () => Atomics.store(gate, 0, 0);
async function answer() {
  while (told.length === 0) await new Promise((resolve) => (wake = resolve));
  return told.shift();
}

const parts = {
  async succeeds() {
    parentPort.postMessage({ what: 'progress', progress: { phase: 'training' } });
    parentPort.postMessage({ what: 'refitted', refit });
  },
  async 'writes a checkpoint'() {
    parentPort.postMessage({ what: 'checkpoint', bytes: Uint8Array.of(1, 2, 3) });
    const { problem } = await answer();
    if (problem !== null) parentPort.postMessage({ what: 'failed', problem });
    else parentPort.postMessage({ what: 'refitted', refit });
  },
  async fails() {
    const details = { stream: 'a', have: 3, need: 9 };
    parentPort.postMessage({
      what: 'failed',
      problem: { code: 'INSUFFICIENT_HISTORY', details, stack: 'there' },
    });
  },
  async throws() {
    setImmediate(() => {
      throw new TypeError('nobody catches it');
    });
  },
  async exits() {
    process.exit(7);
  },
  async 'hears an abort'() {
    parentPort.postMessage({ what: 'progress', progress: { phase: 'training' } });
    await answer();
    parentPort.postMessage({ what: 'checkpoint', bytes: Uint8Array.of(9) });
    await answer();
    parentPort.postMessage({ what: 'failed', problem: { code: 'INTERNAL', details: {}, stack: '' } });
  },
  async 'computes for ever'() {
    parentPort.postMessage({ what: 'progress', progress: { phase: 'baselines' } });
    for (;;) Math.sqrt(2);
  },
  /** Its checkpoint is memory that it shares with the spec. */
  async 'is in native code for a while'() {
    const left = new Int32Array(workerData.checkpoint.buffer);
    parentPort.postMessage({ what: 'progress', progress: { phase: 'training' } });
    const end = performance.now() + 300;
    while (performance.now() < end);
    Atomics.store(left, 0, 1);
    leave();
    for (;;) Math.sqrt(2);
  },
  async 'counts its history'() {
    const { series } = workerData.history;
    const columns = series.flatMap(({ runs }) => runs.flatMap(({ values }) => values));
    const framesUntil = columns.map((column) => column.join('+')).join();
    parentPort.postMessage({ what: 'refitted', refit: { ...refit, framesUntil } });
  },
};
if (workerData.seed !== 'is in native code for a while') leave();
await parts[workerData.seed]();
