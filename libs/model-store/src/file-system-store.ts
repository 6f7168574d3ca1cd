/** @file Model versions in a folder: `<root>/<stream>/<version>/{artifact.json, weights.safetensors}`, checkpoints in
 *  `<root>/.checkpoints/<hash of the job's name>`: any BullMQ client chooses names of jobs, and no name may be a way to
 *  another file, or too long for one. Written beside and renamed, so a reader (or a crash) never sees half a file. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describeError, describeIssues, ModelArtifact, RollcastError } from '#contracts';
import type { ArtifactReference, ModelStore, StoredArtifact } from './model-store.js';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';

const ARTIFACT = 'artifact.json';
const WEIGHTS = 'weights.safetensors';

export class FileSystemModelStore implements ModelStore {
  constructor(private readonly root: string) {}

  async write(artifact: ModelArtifact, tensors: ReadonlyMap<string, Tensor>): Promise<ArtifactReference> {
    const weights = tensors.size === 0 ? null : writeSafetensors(tensors, { format: 'rollcast' });
    const complete: ModelArtifact = {
      ...artifact,
      weights: weights === null ? null : { file: WEIGHTS, sha256: sha256(weights) },
    };
    const json = Buffer.from(`${JSON.stringify(ModelArtifact.parse(complete), null, 1)}\n`);
    const hash = sha256(json);
    const version = `${artifact.kind}-${hash.slice(0, 12)}`;
    const name = `${artifact.stream}/${version}`;
    // The JSON last: it is what makes the artifact exist.
    if (weights !== null) await this.put(name, join(name, WEIGHTS), weights);
    await this.put(name, join(name, ARTIFACT), json);
    return { name, sha256: hash, version };
  }

  async read(reference: { readonly name: string; readonly sha256: string }): Promise<StoredArtifact> {
    const broken = (problem: string, cause?: unknown) =>
      new RollcastError('ARTIFACT_BROKEN', { artifact: reference.name, problem }, cause);
    if (reference.name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw broken('its name leaves the store');
    }
    const load = (file: string) =>
      readFile(join(this.root, reference.name, file)).catch((error: unknown) => {
        if (isNotThere(error)) throw broken(`${file} is not there (${describeError(error)})`, error);
        throw unavailable(reference.name, error);
      });
    const json = await load(ARTIFACT);
    if (sha256(json) !== reference.sha256)
      throw broken(`${ARTIFACT} does not have the hash that was announced`);
    const parsed = ModelArtifact.safeParse(JSON.parse(json.toString('utf8')));
    if (!parsed.success) throw broken(describeIssues(parsed.error));
    if (parsed.data.weights === null) return { artifact: parsed.data, tensors: new Map() };
    const weights = await load(WEIGHTS);
    if (sha256(weights) !== parsed.data.weights.sha256) throw broken(`${WEIGHTS} does not have its hash`);
    return { artifact: parsed.data, tensors: readSafetensors(weights).tensors };
  }

  async readCheckpoint(job: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.root, checkpointPath(job)));
    } catch (error) {
      if (isNotThere(error)) return null;
      throw unavailable(`checkpoint of ${job}`, error);
    }
  }

  async writeCheckpoint(job: string, bytes: Buffer): Promise<void> {
    await this.put(`checkpoint of ${job}`, checkpointPath(job), bytes);
  }

  /** And what writers that were killed have left beside it. */
  async removeCheckpoint(job: string): Promise<void> {
    const path = join(this.root, checkpointPath(job));
    try {
      for (const file of await readdir(dirname(path))) {
        if (file.startsWith(basename(path))) await rm(join(dirname(path), file), { force: true });
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw unavailable(`checkpoint of ${job}`, error);
    }
  }

  private async put(artifact: string, path: string, bytes: Buffer): Promise<void> {
    await replace(join(this.root, path), bytes).catch((error: unknown) => {
      throw unavailable(artifact, error);
    });
  }
}

function checkpointPath(job: string): string {
  return join('.checkpoints', sha256(job));
}

async function replace(target: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const beside = `${target}.${randomUUID()}.tmp`;
  try {
    const file = await open(beside, 'w');
    try {
      await file.writeFile(bytes);
      // A rename may reach the disk before the bytes it names.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** What says that there is no such file, or that none can have this name; anything else says nothing about the file. */
const NOT_THERE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'];

function isNotThere(error: unknown): boolean {
  return NOT_THERE.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The disk answers with an error that says nothing of what was asked for: no space, no rights, a mount that is gone. */
function unavailable(artifact: string, error: unknown): RollcastError {
  return new RollcastError('STORE_UNAVAILABLE', { artifact, problem: describeError(error) }, error);
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
