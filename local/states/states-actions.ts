import * as z from 'zod';
import type { Authorize } from '../aws/authorize.ts';
import { AwsError, type JsonAction } from '../aws/json-protocol.ts';
import { readExecutionInput } from './execution-input.ts';
import type { ExecutionRow, HistoryRow } from './execution-store.ts';
import type { Json } from './json.ts';
import type { StepFunctions } from './step-functions.ts';
import { looksLikeTaskToken, type TaskAnswer } from './task-token.ts';

/** What a list action answers at most, and by default. */
const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

const arn = z.string().min(1).max(256);
const paging = { maxResults: z.number().int().min(0).max(MAX_PAGE).optional(), nextToken: z.string().optional() };
const why = { error: z.string().max(256).optional(), cause: z.string().max(32_768).optional() };
const token = z.string().min(1).max(2_048);

const inputs = {
  start: z.object({ stateMachineArn: arn, name: z.string().max(80).optional(), input: z.string().optional() }),
  execution: z.object({ executionArn: arn }),
  stop: z.object({ executionArn: arn, ...why }),
  list: z.object({
    stateMachineArn: arn,
    statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
    ...paging,
  }),
  history: z.object({ executionArn: arn, reverseOrder: z.boolean().optional(), ...paging }),
  machine: z.object({ stateMachineArn: arn }),
  machines: z.object(paging),
  success: z.object({ taskToken: token, output: z.string() }),
  failure: z.object({ taskToken: token, ...why }),
  heartbeat: z.object({ taskToken: token }),
};

/** The actions of the Step Functions API that run here. @param authorize asked before each, with the ARN that it is about */
export function statesActions(states: StepFunctions, authorize?: Authorize): Record<string, JsonAction> {
  const authorized = ([name, run]: readonly [string, JsonAction]): [string, JsonAction] => [
    name,
    (body, call, closed) => {
      authorize?.({ accessKeyId: call.accessKeyId, action: `states:${name}`, resource: resourceOf(states, body) });
      return run(body, call, closed);
    },
  ];
  return Object.fromEntries(Object.entries(actions(states)).map(authorized));
}

/** What the policies of a caller name: for the answer to a task its machine. */
function resourceOf(states: StepFunctions, body: Readonly<Record<string, unknown>>): string {
  const { stateMachineArn, executionArn, taskToken } = body;
  const named = stateMachineArn ?? executionArn;
  if (typeof named === 'string') return named;
  const strand = typeof taskToken === 'string' ? states.store.strandOfToken(taskToken) : undefined;
  return (strand && states.execution(strand.arn)?.machineArn) ?? '*';
}

function actions(states: StepFunctions): Record<string, JsonAction> {
  return {
    StartExecution: (body) => {
      const { executionArn, startMs } = states.startExecution(read(inputs.start, body));
      return { executionArn, startDate: startMs / 1000 };
    },
    StartSyncExecution: (body) => {
      const { stateMachineArn } = read(inputs.start, body);
      states.machine(stateMachineArn);
      throw new AwsError(
        'StateMachineTypeNotSupported',
        'This operation is not supported by this type of state machine.',
      );
    },
    DescribeExecution: (body) => describe(states.describeExecution(read(inputs.execution, body).executionArn)),
    StopExecution: (body) => {
      const { executionArn, ...reason } = read(inputs.stop, body);
      return { stopDate: (states.stopExecution(executionArn, reason).stopMs ?? 0) / 1000 };
    },
    ListExecutions: (body) => listExecutions(states, read(inputs.list, body)),
    GetExecutionHistory: (body) => history(states, read(inputs.history, body)),
    DescribeStateMachine: (body) => describeMachine(states, read(inputs.machine, body).stateMachineArn),
    ListStateMachines: (body) => listMachines(states, read(inputs.machines, body)),
    SendTaskSuccess: (body) => {
      const { taskToken, output } = read(inputs.success, body);
      const text = readExecutionInput(output, 'InvalidOutput');
      answer(states, taskToken, { ok: true, output: JSON.parse(text) as Json });
    },
    SendTaskFailure: (body) => {
      const { taskToken, error, cause } = read(inputs.failure, body);
      answer(states, taskToken, { ok: false, error: error ?? 'States.TaskFailed', cause });
    },
    SendTaskHeartbeat: (body) => {
      const { taskToken } = read(inputs.heartbeat, body);
      if (!states.heartbeatTask(taskToken)) throw unknownToken(taskToken);
    },
  };
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `Value at '${issue.path.join('.')}': ${issue.message}`);
  throw new AwsError('ValidationException', `${faults.length} validation error detected: ${faults.join('; ')}`);
}

function answer(states: StepFunctions, taskToken: string, given: TaskAnswer): void {
  if (!states.answerTask(taskToken, given)) throw unknownToken(taskToken);
}

function unknownToken(taskToken: string): AwsError {
  if (!looksLikeTaskToken(taskToken)) return new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  return new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
}

function summary(row: ExecutionRow): Record<string, unknown> {
  return {
    executionArn: row.arn,
    stateMachineArn: row.machineArn,
    name: row.name,
    status: row.status,
    startDate: row.startMs / 1000,
    ...(row.stopMs === null ? {} : { stopDate: row.stopMs / 1000 }),
    redriveCount: 0,
  };
}

function describe(row: ExecutionRow): Record<string, unknown> {
  const included = { included: true };
  return {
    ...summary(row),
    input: row.input,
    inputDetails: included,
    ...(row.output === null ? {} : { output: row.output, outputDetails: included }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.cause === null ? {} : { cause: row.cause }),
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Executions are not redriven here.',
  };
}

function listExecutions(states: StepFunctions, input: z.infer<typeof inputs.list>): unknown {
  states.machine(input.stateMachineArn);
  const limit = input.maxResults || DEFAULT_PAGE;
  const offset = readToken(input.nextToken);
  const rows = states.store.list(input.stateMachineArn, input.statusFilter ?? null, { limit: limit + 1, offset });
  const page = rows.slice(0, limit).filter((row) => states.execution(row.arn) !== undefined);
  return { executions: page.map(summary), ...(rows.length > limit ? { nextToken: writeToken(offset + limit) } : {}) };
}

function history(states: StepFunctions, input: z.infer<typeof inputs.history>): unknown {
  const { arn: of, events } = states.describeExecution(input.executionArn);
  const reverse = input.reverseOrder ?? false;
  const limit = input.maxResults || DEFAULT_PAGE;
  const from = input.nextToken === undefined ? (reverse ? events + 1 : 0) : readToken(input.nextToken);
  const rows = states.store.events(of, { id: from, reverse, limit: limit + 1 });
  const last = rows[limit - 1];
  const nextToken = rows.length > limit && last ? { nextToken: writeToken(last.id) } : {};
  return { events: rows.slice(0, limit).map(historyEvent), ...nextToken };
}

function historyEvent(row: HistoryRow): Record<string, unknown> {
  return {
    id: row.id,
    timestamp: row.atMs / 1000,
    type: row.type,
    previousEventId: row.previousId,
    ...(JSON.parse(row.details) as Record<string, unknown>),
  };
}

function describeMachine(states: StepFunctions, stateMachineArn: string): unknown {
  const machine = states.machine(stateMachineArn);
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: 'ACTIVE',
    type: 'STANDARD',
    definition: machine.text,
    roleArn: machine.roleArn,
    creationDate: machine.createdMs / 1000,
  };
}

function listMachines(states: StepFunctions, input: z.infer<typeof inputs.machines>): unknown {
  const offset = readToken(input.nextToken);
  const limit = input.maxResults || DEFAULT_PAGE;
  const all = states.machines().sort((a, b) => (a.name < b.name ? -1 : 1));
  const stateMachines = all.slice(offset, offset + limit).map((machine) => ({
    stateMachineArn: machine.arn,
    name: machine.name,
    type: 'STANDARD',
    creationDate: machine.createdMs / 1000,
  }));
  return { stateMachines, ...(all.length > offset + limit ? { nextToken: writeToken(offset + limit) } : {}) };
}

function writeToken(position: number): string {
  return Buffer.from(`page:${position}`).toString('base64');
}

/** @throws AwsError InvalidToken */
function readToken(given: string | undefined): number {
  if (given === undefined) return 0;
  const [, position] = /^page:(\d+)$/.exec(Buffer.from(given, 'base64').toString()) ?? [];
  if (position === undefined) throw new AwsError('InvalidToken', `Invalid Token: '${given}'`);
  return Number(position);
}
