/** @file A trainer process to be killed: the built worker with a training that counts, and remembers how far it came
 *  in a checkpoint file. Told over IPC what to do; says over IPC which step it is at.
 *
 *  Arguments: Redis URL, prefix, checkpoint folder, steps, milliseconds a step. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const built = new URL('../../../dist/apps/trainer/src/', import.meta.url);
const { RedisLink } = await import(new URL('redis-link.js', built));
const { TrainerKeys } = await import(new URL('trainer-keys.js', built));
const { Cancellation } = await import(new URL('cancellation.js', built));
const { TrainingWorker } = await import(new URL('training-worker.js', built));
const { definitionOf, SHORT } = await import(new URL('testing/trainer-bench.js', built));

const [url, prefix, folder, steps, stepMs] = process.argv.slice(2);
const link = new RedisLink(url);
const keys = new TrainerKeys(prefix);

/** Every step depends on all steps before it, so a lost or doubled one shows in the end. */
async function run({ job, stream, seed, signal, onProgress }) {
  const file = join(folder, `${job}.json`);
  let { step, hash } = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { step: 0, hash: `${stream.stream} ${seed}` };
  process.send({ begun: job, step });
  while (step < Number(steps)) {
    await new Promise((resolve) => setTimeout(resolve, Number(stepMs)));
    signal.throwIfAborted();
    step += 1;
    hash = createHash('sha256').update(`${hash} ${step}`).digest('hex');
    writeFileSync(`${file}.tmp`, JSON.stringify({ step, hash }));
    renameSync(`${file}.tmp`, file);
    const counts = { epoch: 1, epochs: 1, step, steps: Number(steps) };
    onProgress({ phase: 'training', ...counts, loss: null, validation: null, secondsLeft: null });
    process.send({ job, step });
  }
  return { promoted: true, version: `cmamba-${hash.slice(0, 12)}`, kind: 'cmamba', reason: hash };
}

const worker = new TrainingWorker({
  link,
  keys,
  run,
  cancellation: new Cancellation(link, keys),
  definitions: { get: (stream) => definitionOf(stream), catchUp: async () => undefined },
  settings: SHORT,
});
process.on('SIGTERM', async () => {
  await worker.stop(5_000);
  link.close();
  process.exit(0);
});
// The spec that started this process is gone.
process.on('disconnect', () => process.exit(1));
