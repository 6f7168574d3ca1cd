/** @file Trainings over HTTP: request, watch, cancel. Answers REDIS_UNAVAILABLE at once while the queue is away. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { z } from 'zod';
import { describeIssues, RollcastError, TrainingJob, type TrainingJobView } from '#contracts';
import { DEFINITIONS, type DefinitionSource, existingDefinition } from '#kafka';
import { TRAININGS, type Trainings } from './wiring.js';

/** No body, or one that may name a seed. */
const RequestBody = z.strictObject({ seed: TrainingJob.shape.seed }).nullish();

@Controller('v1/streams/:stream/training-jobs')
export class TrainingController {
  constructor(
    @Inject(TRAININGS) private readonly trainings: Trainings,
    @Inject(DEFINITIONS) private readonly streams: DefinitionSource,
  ) {}

  /** Newest first. @throws NO_SUCH_STREAM */
  @Get()
  async list(@Param('stream') stream: string): Promise<TrainingJobView[]> {
    await existingDefinition(this.streams, stream);
    return this.trainings.list(stream);
  }

  /** A training that begins after this request: a new one, or the one that waits already.
   *  @throws NO_SUCH_STREAM, INVALID_REQUEST */
  @Post()
  @HttpCode(202)
  async request(@Param('stream') stream: string, @Body() body: unknown): Promise<TrainingJobView> {
    const parsed = RequestBody.safeParse(body);
    if (!parsed.success) {
      throw new RollcastError('INVALID_REQUEST', { problem: describeIssues(parsed.error) });
    }
    await existingDefinition(this.streams, stream);
    const job = await this.trainings.request(stream, 'person', parsed.data?.seed);
    return this.trainings.get(stream, job);
  }

  /** @throws NO_SUCH_JOB */
  @Get(':job')
  async one(@Param('stream') stream: string, @Param('job') job: string): Promise<TrainingJobView> {
    return this.trainings.get(stream, job);
  }

  /** 202 while a run is still to hear of it, 200 when there is nothing left to end. @throws NO_SUCH_JOB */
  @Delete(':job')
  async cancel(
    @Param('stream') stream: string,
    @Param('job') job: string,
    @Res({ passthrough: true }) reply: { status(code: number): unknown },
  ): Promise<TrainingJobView> {
    const view = await this.trainings.cancel(stream, job);
    reply.status(view.state === 'running' || view.state === 'waiting' ? 202 : 200);
    return view;
  }
}
