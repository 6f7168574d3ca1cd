/** @file The wiring of the service trainer, on one screen. CONFIGURATION and PLATFORM are given by the platform to
 *  whatever is listed here. */
import { type FactoryProvider, Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { DEFINITIONS } from '#kafka';
import { CONFIGURATION, type Platform, PLATFORM } from '#platform';
import { registerBoard } from './board.js';
import type { TrainerConfiguration } from './configuration.js';
import { ModelsController } from './models.controller.js';
import { Trainer } from './trainer.js';
import { TrainingController } from './training.controller.js';
import { CHAMPION_ANNOUNCER, MODEL_RECORDS, TRAININGS } from './wiring.js';

/** The board is registered while the server does not listen yet. */
@Injectable()
class BoardAtStart implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(Trainer) private readonly trainer: Trainer,
  ) {}

  onModuleInit(): Promise<void> {
    const { link, queues } = this.trainer.office;
    return registerBoard(this.host.httpAdapter.getInstance(), link, queues);
  }
}

const trainer: FactoryProvider<Trainer> = {
  provide: Trainer,
  inject: [CONFIGURATION, PLATFORM],
  useFactory: async (configuration: TrainerConfiguration, platform: Platform) => {
    const made = await Trainer.create(configuration, platform);
    made.start();
    return made;
  },
};

/** A part of the trainer under the token by which the controllers know it. */
const part = (token: symbol, of: (made: Trainer) => unknown): FactoryProvider => ({
  provide: token,
  inject: [Trainer],
  useFactory: of,
});

@Module({
  controllers: [TrainingController, ModelsController],
  providers: [
    trainer,
    BoardAtStart,
    part(TRAININGS, ({ office }) => office.trainings),
    part(DEFINITIONS, ({ definitions }) => definitions),
    part(MODEL_RECORDS, ({ models }) => models),
    part(CHAMPION_ANNOUNCER, ({ models }) => models),
  ],
})
export class TrainerModule {}
