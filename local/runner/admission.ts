import process from 'node:process';
import type { Clock } from '#core/domain/clock.ts';
import { recordGrants } from '../iam/grant-record.ts';
import { Iam } from '../iam/iam.ts';
import { checkServiceCalls } from '../iam/service-calls.ts';
import type { LogSink } from '../logs/log-line.ts';
import { refuseOverQuota } from '../template/quotas.ts';
import type { StackModel } from '../template/stack-model.ts';
import type { RoleCredentials } from './role-credentials.ts';

/** What a deployment would not accept, or what would fail in the account at the first call. @throws TemplateError */
export function refuseWhatAwsRefuses(model: StackModel, iam: Iam): void {
  refuseOverQuota(model);
  iam.enforce(model);
  checkServiceCalls(model, iam);
}

/** Grants that requests use are written to the file that `POMBO_IAM_RECORD` names, for `npm run check`. */
export function makeIam(clock: Clock, credentials: RoleCredentials, log: LogSink): Iam {
  const record = process.env['POMBO_IAM_RECORD'];
  return new Iam({
    clock,
    roleOf: (accessKeyId) => credentials.roleOf(accessKeyId),
    onUse: record === undefined ? undefined : recordGrants(record),
    onDenied: (text) => log({ part: 'iam', level: 'warn', text, fields: {} }),
  });
}
