/** @file Model versions over HTTP: what there is, what serves, and putting another one in charge by hand.
 *
 *  Law: only a version that was recorded for the stream, or the cold start, which needs no record, can become its
 *  champion; whether it loads is for the predictors to say, as a refusal that stands beside the versions. */
import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { z } from 'zod';
import {
  COLD_START_VERSION,
  describeIssues,
  formatTime,
  type ModelsView,
  ModelVersionName,
  RollcastError,
  type VersionRecord,
} from '#contracts';
import { DEFINITIONS, type DefinitionSource, existingDefinition } from '#kafka';
import { CHAMPION_ANNOUNCER, type ChampionAnnouncer, MODEL_RECORDS, type ModelRecords } from './wiring.js';

const ChampionBody = z.strictObject({ version: ModelVersionName });

@Controller('v1/streams/:stream/models')
export class ModelsController {
  constructor(
    @Inject(MODEL_RECORDS) private readonly models: ModelRecords,
    @Inject(CHAMPION_ANNOUNCER) private readonly announcer: ChampionAnnouncer,
    @Inject(DEFINITIONS) private readonly streams: DefinitionSource,
  ) {}

  /** @throws NO_SUCH_STREAM */
  @Get()
  async all(@Param('stream') stream: string): Promise<ModelsView> {
    const view = this.#view(stream);
    if (view.champion === null && view.versions.length === 0) await existingDefinition(this.streams, stream);
    return view;
  }

  /** @throws INVALID_REQUEST, NO_SUCH_STREAM, NO_SUCH_VERSION */
  @Put('champion')
  async use(@Param('stream') stream: string, @Body() body: unknown): Promise<ModelsView> {
    const parsed = ChampionBody.safeParse(body);
    if (!parsed.success) {
      throw new RollcastError('INVALID_REQUEST', { problem: describeIssues(parsed.error) });
    }
    const { version } = parsed.data;
    await existingDefinition(this.streams, stream);
    const { champion, versions } = this.#view(stream);
    if (version !== COLD_START_VERSION && !versions.some((one) => one.version === version)) {
      throw new RollcastError('NO_SUCH_VERSION', { stream, version });
    }
    await this.announcer.announce({
      type: 'champion',
      stream,
      version,
      by: 'person',
      reason: champion === null ? 'chosen by hand' : `chosen by hand instead of ${champion.version}`,
      createdAt: formatTime(Date.now()),
    });
    return this.#view(stream);
  }

  #view(stream: string): ModelsView {
    const view: ModelsView = { champion: null, versions: [], refusals: [] };
    for (const record of this.models.records(stream)) {
      switch (record.type) {
        case 'version':
          view.versions.push(record);
          break;
        case 'champion':
          view.champion = record;
          break;
        case 'refusal':
          view.refusals.push(record);
          break;
        case 'switch':
          break;
      }
    }
    view.versions.sort(newestFirst);
    return view;
  }
}

function newestFirst(one: VersionRecord, other: VersionRecord): number {
  return one.createdAt < other.createdAt ? 1 : -1;
}
