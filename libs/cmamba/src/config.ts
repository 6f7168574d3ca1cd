/** @file The sizes of a CMamba network, and what follows from them: bytes of state, warm-up, context.
 *
 *  Law: everything that is allocated for a series can be computed from its configuration beforehand.
 *  Refuses sizes that cannot be stepped (a memory that is not even, a stride of nothing). */
import { RollcastError, type StreamDefinition } from '#contracts';

/** Symbols as in the paper (arXiv 2406.05316): C, L, T, S, M, D, E, Ns, R, K. */
export interface CmambaConfig {
  /** C: sensor variables of one series. */
  readonly channels: number;
  /** L: grid steps that a patch holds and by which it is normalised. */
  readonly lookback: number;
  /** T: grid steps ahead. */
  readonly horizon: number;
  /** S: grid steps between two commits of the state. */
  readonly stride: number;
  /** M: commits that a state lives; also the patches of a training segment. Even. */
  readonly memory: number;
  /** D: width of the residual path. */
  readonly dModel: number;
  /** E: width inside a block (d_ff in the official code). */
  readonly dInner: number;
  /** Ns: modes of the state, shared by all E features. */
  readonly dState: number;
  /** R: rank of the projection that makes the step sizes. */
  readonly dtRank: number;
  /** K: blocks. With none the network is its linear path alone: ridge. */
  readonly blocks: number;
  /** The channel MLP is max(1, floor(C / reduction)) wide inside. */
  readonly reduction: number;
  /** Range of the initial step sizes, so drawn that the slowest mode forgets within a segment. */
  readonly dtMin: number;
  readonly dtMax: number;
}

export type CmambaSize = 'small' | 'base';

type Widths = Pick<CmambaConfig, 'dModel' | 'dInner' | 'dState' | 'dtRank' | 'blocks'>;

/** The two sizes that a stream definition may name. */
export const CMAMBA_SIZES: Readonly<Record<CmambaSize, Widths>> = {
  small: { dModel: 64, dInner: 64, dState: 8, dtRank: 32, blocks: 3 },
  base: { dModel: 128, dInner: 128, dState: 16, dtRank: 32, blocks: 3 },
};

type Shape = Pick<CmambaConfig, 'channels' | 'lookback' | 'horizon'> & Partial<CmambaConfig>;

/** The network of these sizes, with the measured defaults (stride 8, memory 48, step sizes 0.03 to 0.5).
 *  @throws BAD_CONFIGURATION as {@link validateConfig} does. */
export function configOf(sizes: Widths & Shape): CmambaConfig {
  return validateConfig({
    stride: 8,
    memory: 48,
    reduction: 2,
    dtMin: 0.03,
    dtMax: 0.5,
    ...sizes,
  });
}

/** The configuration of a named size.
 *  @example cmambaConfig('small', { channels: 6, lookback: 96, horizon: 24 })
 *  @throws BAD_CONFIGURATION as {@link validateConfig} does. */
export function cmambaConfig(size: CmambaSize, shape: Shape): CmambaConfig {
  return configOf({ ...CMAMBA_SIZES[size], ...shape });
}

/** The network that a stream's definition asks for.
 *  @throws BAD_CONFIGURATION for sizes that no network has (the definition's schema allows none) */
export function networkOf(definition: StreamDefinition): CmambaConfig {
  const { channels, lookback, horizon, model } = definition;
  return cmambaConfig(model.size, { channels: channels.length, lookback, horizon, memory: model.memory });
}

const COUNTS = [
  'channels',
  'lookback',
  'horizon',
  'stride',
  'memory',
  'dModel',
  'dInner',
  'dState',
  'dtRank',
  'reduction',
] as const;

/** @returns the configuration itself.
 *  @throws BAD_CONFIGURATION naming the field and what it must be. */
export function validateConfig(config: CmambaConfig): CmambaConfig {
  const refuse = (field: keyof CmambaConfig, rule: string) =>
    new RollcastError('BAD_CONFIGURATION', {
      problem: `network: ${field} is ${config[field]} and must be ${rule}`,
    });
  for (const field of COUNTS) {
    if (!Number.isSafeInteger(config[field]) || config[field] < 1)
      throw refuse(field, 'a whole number from 1');
  }
  if (!Number.isSafeInteger(config.blocks) || config.blocks < 0)
    throw refuse('blocks', 'a whole number from 0');
  // The two states take turns at half the memory.
  if (config.memory % 2 !== 0) throw refuse('memory', 'even');
  if (config.lookback < 2) throw refuse('lookback', 'at least 2: a patch is normalised by its own deviation');
  if (!(config.dtMin > 0)) throw refuse('dtMin', 'above 0');
  if (!(config.dtMax > config.dtMin) || !Number.isFinite(config.dtMax)) throw refuse('dtMax', 'above dtMin');
  return config;
}

/** Values of one patch: the lookback and the two level features. */
export function patchWidth(config: CmambaConfig): number {
  return config.lookback + 2;
}

/** Numbers in one of the two states of one series: `[blocks, channels, dState, dInner]`. */
export function stateSize(config: CmambaConfig): number {
  return config.blocks * config.channels * config.dState * config.dInner;
}

/** Bytes that a series needs in memory: two states and the last `lookback` values of each channel, as float32. */
export function bytesPerSeries(config: CmambaConfig): number {
  return 4 * (2 * stateSize(config) + config.channels * config.lookback);
}

/** Grid steps that a series must have lived, the present one included, before its first forecast: a full lookback,
 *  then half a memory of patches before the answering one, wherever in the grid the series began. */
export function warmUp(config: Pick<CmambaConfig, 'lookback' | 'stride' | 'memory'>): number {
  return config.lookback + (config.stride * config.memory) / 2;
}

/** Grid steps of one training segment: the patch before the first (for its level), M patches, the targets of the last. */
export function segmentSteps(config: CmambaConfig): number {
  return config.lookback + config.stride * config.memory + config.horizon;
}

/** Grid steps that a series must hold at least for a training: one segment in the share that trains, and a few origins
 *  with all their truths in each of the shares that select and judge. */
export function trainingNeedsSteps(
  config: CmambaConfig,
  shares: { readonly validation: number; readonly heldBack: number },
): number {
  const origins = config.horizon + 2 * config.stride;
  const rest = 1 - shares.validation - shares.heldBack;
  return Math.ceil(
    Math.max(segmentSteps(config) / rest, origins / shares.validation, origins / shares.heldBack),
  );
}
