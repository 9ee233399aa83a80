import type { Clock } from '#core/domain/clock.ts';
import { AwsError } from '../aws/json-protocol.ts';
import type { DynamoCall } from './dynamo-call.ts';
import type { Table } from './table-schema.ts';

/** What PointInTimeRecoverySpecification.RecoveryPeriodInDays may be at most, and is by default. */
const RECOVERY_PERIOD_DAYS = 35;

/**
 * Point-in-time recovery as far as one machine has it: remembered and described, not performed. The
 * backends do not know these actions. The state comes from the template at each start.
 */
export class ContinuousBackups {
  readonly #clock: Clock;
  readonly #call: DynamoCall;
  readonly #enabled = new Map<string, number>();

  constructor(clock: Clock, call: DynamoCall) {
    this.#clock = clock;
    this.#call = call;
  }

  set(table: string, enabled: boolean): void {
    if (!enabled) this.#enabled.delete(table);
    else if (!this.#enabled.has(table)) this.#enabled.set(table, this.#clock.now());
  }

  /** Answers UpdateContinuousBackups. @throws AwsError TableNotFoundException */
  async update(table: string, input: Readonly<Record<string, unknown>>): Promise<object> {
    await this.#mustExist(table);
    const specification = input['PointInTimeRecoverySpecification'] as Record<string, unknown> | undefined;
    const enabled = specification?.['PointInTimeRecoveryEnabled'];
    if (typeof enabled !== 'boolean') {
      throw new AwsError(
        'ValidationException',
        'PointInTimeRecoverySpecification must say PointInTimeRecoveryEnabled.',
      );
    }
    this.set(table, enabled);
    return this.describe(table);
  }

  /** Answers DescribeContinuousBackups. @throws AwsError TableNotFoundException */
  async describe(table: string): Promise<object> {
    await this.#mustExist(table);
    const since = this.#enabled.get(table);
    const recovery =
      since === undefined
        ? { PointInTimeRecoveryStatus: 'DISABLED' }
        : {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: RECOVERY_PERIOD_DAYS,
            EarliestRestorableDateTime: since / 1000,
            LatestRestorableDateTime: this.#clock.now() / 1000,
          };
    return {
      ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: recovery },
    };
  }

  async #mustExist(table: string): Promise<void> {
    try {
      await this.#call<{ Table: Table }>('DescribeTable', { TableName: table });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
      throw new AwsError('TableNotFoundException', `Table not found: ${table}`);
    }
  }
}
