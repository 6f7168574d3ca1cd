/** @file What every service has: logger, health, metrics, shutdown, its configuration; given to all of its modules.
 *
 *  Law: these are values made before Nest starts, so a service that is refused never starts half. */
import { Module, type DynamicModule } from '@nestjs/common';
import { Health, HealthController } from './health.js';
import { Logger } from './logging.js';
import { Metrics, MetricsController } from './metrics.js';
import { Shutdown } from './shutdown.js';

/** Token of the tree that the service's environment was read into. */
export const CONFIGURATION = Symbol('Configuration');

/** Token of the platform as a whole. */
export const PLATFORM = Symbol('Platform');

export interface Platform {
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
}

@Module({})
export class PlatformModule {
  /** The module to import once, at the root. */
  static of(platform: Platform, configuration: unknown): DynamicModule {
    const providers = [
      { provide: CONFIGURATION, useValue: configuration },
      { provide: PLATFORM, useValue: platform },
      { provide: Logger, useValue: platform.logger },
      { provide: Health, useValue: platform.health },
      { provide: Metrics, useValue: platform.metrics },
      { provide: Shutdown, useValue: platform.shutdown },
    ];
    return {
      module: PlatformModule,
      global: true,
      controllers: [HealthController, MetricsController],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
