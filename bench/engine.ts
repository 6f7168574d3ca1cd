/** @file What the engine costs: a training step compiled and eager, a forecast step by tile, building each graph.
 *
 *  `npm run build && node dist/bench/engine.js [--size small|base] [--threads N] [--skip-eager]`: a table on stderr,
 *  JSON on stdout. Read the ratios: other work on the machine disturbs the times. */
import { parseArgs } from 'node:util';
import { type CmambaConfig, cmambaConfig, initialWeights, patchWidth, stateSize } from '#cmamba';
import {
  beginTraining,
  compiledExecutor,
  eagerExecutor,
  type Executor,
  Stepper,
  Trainer,
  type TrainingBatch,
  trainingMasks,
  type TrainingShape,
  trainingSizes,
} from '#compute';

interface Row {
  readonly what: string;
  readonly executor: string;
  readonly buildMs: number;
  /** Wall clock and processor time; where they differ, somebody else was at work. */
  readonly ms: number;
  readonly cpuMs: number;
  readonly usPerChannel: number | null;
}

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    threads: { type: 'string', default: '1' },
    'skip-eager': { type: 'boolean', default: false },
  },
});

/** As a stream trains that names nothing else. */
const TRAINING: TrainingShape = { segments: 8, lossFrom: 11, dropout: 0.1 };

/** Numbers that look like normalised values; the same in every run. */
function numbers(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i * 0.31));
}

function batchOf(config: CmambaConfig, shape: TrainingShape): TrainingBatch {
  const { sequences, outputRows } = trainingSizes(config, shape);
  const masks = trainingMasks(config, shape);
  for (const mask of [masks.embedding, masks.blocks]) {
    for (let i = 0; i < mask.length; i++) mask[i] = (i * 167) & 255;
  }
  return {
    patches: numbers(config.memory * sequences * patchWidth(config)),
    targets: numbers(outputRows * config.horizon),
    observed: new Uint8Array(outputRows * config.horizon).fill(1),
    scale: new Float32Array(outputRows).fill(1),
    masks,
  };
}

interface Times {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Medians over `times` runs, after one that is not counted. */
async function measure(times: number, work: () => Promise<unknown>): Promise<Times> {
  await work();
  const all: Times[] = [];
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    all.push({ ms: performance.now() - begin, cpuMs: (user + system) / 1000 });
  }
  const median = (of: (one: Times) => number) => all.map(of).sort((a, b) => a - b)[all.length >> 1] as number;
  return { ms: median((one) => one.ms), cpuMs: median((one) => one.cpuMs) };
}

function weightsOf(config: CmambaConfig): Float32Array {
  let draw = 0;
  return initialWeights(config, () => (draw = (draw + 0.618034) % 1));
}

async function benchTraining(executor: Executor, config: CmambaConfig, times: number): Promise<Row> {
  const begin = performance.now();
  const state = beginTraining(weightsOf(config));
  const trainer = await Trainer.create(executor, config, TRAINING, state);
  const buildMs = performance.now() - begin;
  const batch = batchOf(config, TRAINING);
  const spent = await measure(times, () => trainer.step(batch, 5e-4));
  await trainer.release();
  const what = `training step, ${TRAINING.segments} segments x ${config.channels} channels x ${config.memory} patches`;
  return { what, executor: executor.kind, buildMs, ...spent, usPerChannel: null };
}

async function benchStep(executor: Executor, config: CmambaConfig, kind: 'peek' | 'commit'): Promise<Row[]> {
  const stepper = new Stepper(executor, config, weightsOf(config));
  const rows: Row[] = [];
  for (const series of [1, 8, 64]) {
    const requests = Array.from({ length: series }, () => ({
      patches: numbers(config.channels * patchWidth(config)),
      state: { hidden: numbers(stateSize(config)) },
    }));
    const begin = performance.now();
    await stepper[kind](requests);
    const buildMs = performance.now() - begin;
    const spent = await measure(series === 64 ? 50 : 300, () => stepper[kind](requests));
    const usPerChannel = (1000 * spent.cpuMs) / (series * config.channels);
    rows.push({
      what: `${kind}, ${series} series`,
      executor: executor.kind,
      buildMs,
      ...spent,
      usPerChannel,
    });
  }
  await stepper.release();
  return rows;
}

const size = options.size === 'base' ? 'base' : 'small';
const config = cmambaConfig(size, { channels: 6, lookback: 96, horizon: 24 });
const compiled = compiledExecutor({ threads: Number(options.threads) });
const rows = [
  await benchTraining(compiled, config, 20),
  ...(await benchStep(compiled, config, 'peek')),
  ...(await benchStep(compiled, config, 'commit')),
];
if (!options['skip-eager']) rows.push(await benchTraining(await eagerExecutor('wasm'), config, 3));

process.stderr.write(
  `${compiled.description}; ${size}, ${config.channels} channels, horizon ${config.horizon}\n`,
);
for (const { what, executor, buildMs, ms, cpuMs, usPerChannel } of rows) {
  const perChannel = usPerChannel === null ? '' : `${usPerChannel.toFixed(1)} us a channel`;
  process.stderr.write(
    `${what.padEnd(56)} ${executor.padEnd(9)} build ${buildMs.toFixed(0).padStart(6)} ms ${ms.toFixed(2).padStart(9)} ms, of processor time ${cpuMs.toFixed(2).padStart(9)} ms  ${perChannel}\n`,
  );
}
process.stdout.write(`${JSON.stringify({ size, config, executor: compiled.description, rows }, null, 1)}\n`);
