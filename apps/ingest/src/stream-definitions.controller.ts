/** @file Stream definitions over HTTP: the compacted topic `streams` is the table, this writes and reads it.
 *
 *  Law: an answer comes after the record is acknowledged and read back, so a GET, or a reading, that follows a PUT
 *  meets the new definition. Of a stream one PUT is under way at a time, so none is held against a definition that
 *  another is about to replace; of two in different processes the one that lost the grid says so. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put, Res } from '@nestjs/common';
import type { StreamDefinition, StreamView } from '#contracts';
import {
  DEFINITIONS,
  type DefinitionTable,
  existingDefinition,
  newestDefinitions,
  type RecordSink,
} from '#kafka';
import { readDefinition, refuseConflict } from './definition-changes.js';
import { networkCost } from './network-cost.js';
import { RECORD_SINK } from './wiring.js';

@Controller('v1/streams')
export class StreamDefinitionsController {
  /** The last PUT of each stream that has one under way. */
  readonly #puts = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(DEFINITIONS) private readonly definitions: DefinitionTable,
    @Inject(RECORD_SINK) private readonly sink: RecordSink,
  ) {}

  @Get()
  async all(): Promise<StreamView[]> {
    await newestDefinitions(this.definitions);
    const views = [...this.definitions.all()].map((definition) => this.#view(definition));
    return views.sort((left, right) => (left.definition.stream < right.definition.stream ? -1 : 1));
  }

  /** @throws NO_SUCH_STREAM, BROKER_UNAVAILABLE (so do the others) */
  @Get(':stream')
  async one(@Param('stream') stream: string): Promise<StreamView> {
    return this.#view(await this.#newest(stream));
  }

  /** 201 for a new stream, 200 for new policies of an old one.
   *  @throws INVALID_DEFINITION, DEFINITION_CONFLICT */
  @Put(':stream')
  async put(
    @Param('stream') stream: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: { status(code: number): unknown },
  ): Promise<StreamView> {
    const definition = readDefinition(stream, body);
    const define = () => this.#define(definition);
    const own = (this.#puts.get(stream) ?? Promise.resolve()).then(define, define);
    this.#puts.set(stream, own);
    try {
      const { view, isNew } = await own;
      reply.status(isNew ? 201 : 200);
      return view;
    } finally {
      if (this.#puts.get(stream) === own) this.#puts.delete(stream);
    }
  }

  /** Frames, forecasts and versions stay in the log; readings of the stream are dead letters from now on.
   *  @throws NO_SUCH_STREAM */
  @Delete(':stream')
  @HttpCode(204)
  async delete(@Param('stream') stream: string): Promise<void> {
    await this.#newest(stream);
    await this.sink.send([{ topic: 'streams', key: stream, value: null }]);
    await newestDefinitions(this.definitions);
  }

  async #define(definition: StreamDefinition): Promise<{ view: StreamView; isNew: boolean }> {
    const { stream } = definition;
    await newestDefinitions(this.definitions);
    const before = this.definitions.get(stream);
    refuseConflict(before, definition);
    // Before it is in force: a network that cannot be computed must not be promised.
    const view = this.#view(definition);
    await this.sink.send([{ topic: 'streams', key: stream, value: JSON.stringify(definition) }]);
    await newestDefinitions(this.definitions);
    refuseConflict(this.definitions.get(stream), definition);
    return { view, isNew: before === null };
  }

  async #newest(stream: string): Promise<StreamDefinition> {
    await newestDefinitions(this.definitions);
    return existingDefinition(this.definitions, stream);
  }

  #view(definition: StreamDefinition): StreamView {
    return { definition, ...networkCost(definition) };
  }
}
