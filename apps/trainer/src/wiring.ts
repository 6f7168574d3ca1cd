/** @file What the controllers of the trainer need of the world, and under which tokens they get it.
 *
 *  Law: a controller sees functions only; that Kafka and BullMQ are behind them is the module's business. */
import type { ChampionRecord, ModelRecord, Requester, TrainingJobView } from '#contracts';

/** Met by TrainingQueue. */
export interface Trainings {
  request(stream: string, by: Requester, seed?: number): Promise<string>;
  list(stream: string): Promise<TrainingJobView[]>;
  get(stream: string, job: string): Promise<TrainingJobView>;
  cancel(stream: string, job: string, reason?: string): Promise<TrainingJobView>;
}
export const TRAININGS = Symbol('Trainings');

/** The topic `models` as a table. */
export interface ModelRecords {
  /** Every record of a stream, the newest of each key. */
  records(stream: string): Iterable<ModelRecord>;
}
export const MODEL_RECORDS = Symbol('ModelRecords');

/** Settles when the record is acknowledged and `records` has it. */
export interface ChampionAnnouncer {
  announce(record: ChampionRecord): Promise<void>;
}
export const CHAMPION_ANNOUNCER = Symbol('ChampionAnnouncer');
