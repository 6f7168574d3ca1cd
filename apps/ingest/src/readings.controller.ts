/** @file POST readings: the same way in as the topic, for those who speak no Kafka. It produces and nothing else.
 *  Refuses a stream that is not defined with NO_SUCH_STREAM, after a look at the newest definitions. */
import { Body, Controller, Inject, Param, Post, Res } from '@nestjs/common';
import type { PublishedView } from '#contracts';
import { DEFINITIONS, type DefinitionSource, existingDefinition, type RecordSink } from '#kafka';
import { sortItems, statusOf } from './published-readings.js';
import { RECORD_SINK } from './wiring.js';

/** The one thing that is asked of the reply: Fastify's and Express' have it. */
interface StatusReply {
  status(code: number): unknown;
}

@Controller('v1/streams/:stream/readings')
export class ReadingsController {
  constructor(
    @Inject(DEFINITIONS) private readonly definitions: DefinitionSource,
    @Inject(RECORD_SINK) private readonly sink: RecordSink,
  ) {}

  /** @throws NO_SUCH_STREAM, INVALID_REQUEST, BROKER_UNAVAILABLE (then nothing is known of any item: send again,
   *  what stands twice counts as duplicate) */
  @Post()
  async publish(
    @Param('stream') stream: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: StatusReply,
  ): Promise<PublishedView> {
    await existingDefinition(this.definitions, stream);
    const { records, answer } = sortItems(stream, body);
    if (records.length > 0) await this.sink.send(records);
    reply.status(statusOf(answer));
    return answer;
  }
}
