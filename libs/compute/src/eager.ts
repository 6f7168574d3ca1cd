/** @file The eager executor: a program runs as it stands on a TensorFlow.js backend (cpu, wasm, tensorflow).
 *
 *  Law: the backend is this executor's for the time of one synchronous run, and the one before is put back; nothing
 *  that a run made is left behind. Gradients need the whole of @tensorflow/tfjs: it registers them. */
import { RollcastError } from '#contracts';
import * as tf from '@tensorflow/tfjs';
import { type Executor, feedOf, type Feeds, type PreparedProgram, type Results } from './executor.js';
import type { Program } from './program.js';

// Without it the library prints advice to install its other packages on the first use of the cpu backend.
tf.enableProdMode();

/** Who brings a backend that TensorFlow.js does not have by itself. Imported by name and only when asked for: the
 *  native one is optional, and its import throws where its library is missing. */
const PACKAGES: Readonly<Record<string, string>> = {
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node-gpu',
};

/** @param backend `cpu`, `wasm` or `tensorflow`
 *  @throws BAD_CONFIGURATION where it is unknown here, or does not start; the message says why.
 *  @example const slow = await eagerExecutor('cpu'); */
export async function eagerExecutor(
  backend: string,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<Executor> {
  const before = backendNow();
  try {
    const name = PACKAGES[backend];
    if (name !== undefined) await load(name);
    if (tf.engine().registryFactory[backend] === undefined) throw new Error('nobody brings it');
    // The first use of a backend may have to wait for it.
    if (!(await tf.setBackend(backend))) throw new Error('it does not start');
  } catch (error) {
    const by = PACKAGES[backend] === undefined ? '' : `${PACKAGES[backend]}: `;
    const problem = `TensorFlow.js backend "${backend}" cannot be used: ${by}${inShort(error)}`;
    throw new RollcastError('BAD_CONFIGURATION', { problem }, error);
  } finally {
    // A package may have made its own backend the present one.
    if (before !== null) await tf.setBackend(before);
  }
  return {
    kind: 'eager',
    description: `TensorFlow.js ${tf.version_core}, backend ${backend}`,
    // Few large operations where each one is a launch; the plain recurrence where it is not.
    scanForm: backend === 'tensorflow' ? 'by-block' : 'by-step',
    prepare: async (program) => new EagerProgram(program, backend),
  };
}

class EagerProgram implements PreparedProgram {
  private readonly constants: ReadonlyMap<string, tf.Tensor>;

  constructor(
    private readonly program: Program,
    private readonly backend: string,
  ) {
    this.constants = onBackend(
      backend,
      () =>
        new Map(
          program.constants.map(({ name, values, shape }) => [
            name,
            tf.keep(tf.tensor(values.slice(), [...shape], 'float32')),
          ]),
        ),
    );
  }

  async run(feeds: Feeds): Promise<Results> {
    return onBackend(this.backend, () => this.runNow(feeds));
  }

  private runNow(feeds: Feeds): Results {
    const tensors = new Map(this.constants);
    for (const input of this.program.inputs) {
      const values = feedOf(feeds, input);
      // A copy: some backends keep the array that they are given.
      const copy = values instanceof Float32Array ? values.slice() : Float32Array.from(values);
      tensors.set(input.name, tf.tensor(copy, [...input.shape], 'float32'));
    }
    const outputs = this.program.build((name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) {
        throw new RollcastError('INTERNAL', { problem: `${this.program.name} has no tensor ${name}` });
      }
      return tensor;
    });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]),
    );
  }

  async release(): Promise<void> {
    onBackend(this.backend, () => {
      for (const tensor of this.constants.values()) tensor.dispose();
    });
  }
}

/** Runs `work` with the engine on a backend. Synchronous from begin to end, so nobody else can come between. */
function onBackend<T>(backend: string, work: () => T): T {
  const before = backendNow();
  if (before !== backend) void tf.setBackend(backend);
  tf.engine().startScope();
  try {
    return work();
  } finally {
    tf.engine().endScope();
    if (before !== null && before !== backend) void tf.setBackend(before);
  }
}

/** The engine's backend; null before anybody used one. */
function backendNow(): string | null {
  return tf.engine().backendName ?? null;
}

/** Where a file lies on this machine, and the words that lead to it: nothing for a log or for health over HTTP. */
const PLACE = /(?:\s+(?:imported from|at path:?|at|in|from))?\s+['"(]?(?:file:\/\/|[A-Za-z]:\\|\/)\S+/g;

/** The code of an error and the first line of what it says, without paths. */
function inShort(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ''] = error.message.split('\n');
  const { code } = error as NodeJS.ErrnoException;
  return `${code === undefined ? '' : `${code}, `}${line.replace(PLACE, '').trim()}`;
}
