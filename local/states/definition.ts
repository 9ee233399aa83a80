import * as z from 'zod';
import type { Json } from './json.ts';
import { MAX_SECONDS } from './limits.ts';

/** Shape of an Amazon States Language definition in JSONata, as far as it runs here. */

const json: z.ZodType<Json> = z.json();
const expression = z.string().regex(/^\{%[\s\S]*%\}$/, 'must be a JSONata expression in {% %}');
const variables = z.record(z.string().regex(/^[\p{L}_][\p{L}\p{N}_]{0,79}$/u, 'is not a variable name'), json);
const seconds = z.union([z.number().int().min(0).max(MAX_SECONDS), expression]);
const timeout = z.union([z.number().int().min(1).max(MAX_SECONDS), expression]);

const common = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const flow = { Next: z.string().optional(), End: z.boolean().optional() };
const output = { Output: json.optional() };
const assign = { Assign: variables.optional() };

const retrier = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.number().int().min(1).max(MAX_SECONDS).optional(),
  MaxAttempts: z.number().int().min(0).max(MAX_SECONDS).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.number().int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['NONE', 'FULL']).optional(),
  Comment: z.string().optional(),
});
export type Retrier = z.infer<typeof retrier>;

const catcher = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  Next: z.string(),
  Comment: z.string().optional(),
  ...assign,
  ...output,
});
type Catcher = z.infer<typeof catcher>;

const recovery = { Retry: z.array(retrier).optional(), Catch: z.array(catcher).optional() };

const choice = z.strictObject({
  Condition: z.union([z.boolean(), expression]),
  Next: z.string(),
  Comment: z.string().optional(),
  ...assign,
  ...output,
});

const pass = z.strictObject({ Type: z.literal('Pass'), ...common, ...flow, ...assign, ...output });
const task = z.strictObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  Arguments: json.optional(),
  TimeoutSeconds: timeout.optional(),
  HeartbeatSeconds: timeout.optional(),
  ...common,
  ...flow,
  ...assign,
  ...output,
  ...recovery,
});
const wait = z.strictObject({
  Type: z.literal('Wait'),
  Seconds: seconds.optional(),
  Timestamp: z.string().optional(),
  ...common,
  ...flow,
  ...assign,
  ...output,
});
const choices = z.strictObject({
  Type: z.literal('Choice'),
  Choices: z.array(choice).min(1),
  Default: z.string().optional(),
  ...common,
  ...assign,
  ...output,
});
const succeed = z.strictObject({ Type: z.literal('Succeed'), ...common, ...output });
const fail = z.strictObject({
  Type: z.literal('Fail'),
  Error: z.string().optional(),
  Cause: z.string().optional(),
  ...common,
});

type PassState = z.infer<typeof pass>;
export type TaskState = z.infer<typeof task>;
export type WaitState = z.infer<typeof wait>;
export type ChoiceState = z.infer<typeof choices>;
type SucceedState = z.infer<typeof succeed>;
export type FailState = z.infer<typeof fail>;

/** A set of states with an entry: a whole machine, a branch or an iteration. */
export interface StateBlock {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

interface Container {
  readonly Comment?: string | undefined;
  readonly QueryLanguage?: 'JSONata' | undefined;
  readonly Next?: string | undefined;
  readonly End?: boolean | undefined;
  readonly Assign?: Record<string, Json> | undefined;
  readonly Output?: Json | undefined;
  readonly Retry?: Retrier[] | undefined;
  readonly Catch?: Catcher[] | undefined;
}

export interface ParallelState extends Container {
  readonly Type: 'Parallel';
  readonly Arguments?: Json | undefined;
  readonly Branches: StateBlock[];
}

export interface MapState extends Container {
  readonly Type: 'Map';
  readonly Items?: Json | undefined;
  readonly ItemSelector?: Json | undefined;
  readonly MaxConcurrency?: number | string | undefined;
  readonly ItemProcessor: StateBlock;
}

/** States that have a retry and catch policy. */
export type RecoverableState = TaskState | ParallelState | MapState;
export type State = PassState | WaitState | ChoiceState | SucceedState | FailState | RecoverableState;

const states: z.ZodType<Record<string, State>> = z.lazy(() => z.record(z.string(), state));
const block = { Comment: z.string().optional(), StartAt: z.string(), States: states };
const processor = z.strictObject({
  ...block,
  ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE').optional() }).optional(),
});
const parallel = z.strictObject({
  Type: z.literal('Parallel'),
  Arguments: json.optional(),
  Branches: z.array(z.strictObject(block)).min(1),
  ...common,
  ...flow,
  ...assign,
  ...output,
  ...recovery,
});
const map = z.strictObject({
  Type: z.literal('Map'),
  Items: z.union([z.array(json), expression]).optional(),
  ItemSelector: json.optional(),
  MaxConcurrency: z.union([z.number().int().min(0), expression]).optional(),
  ItemProcessor: processor,
  ...common,
  ...flow,
  ...assign,
  ...output,
  ...recovery,
});
const state: z.ZodType<State> = z.discriminatedUnion('Type', [pass, task, wait, choices, succeed, fail, parallel, map]);

/** A whole machine. */
export const definitionSchema = z.strictObject({
  ...block,
  QueryLanguage: z.literal('JSONata').optional(),
  Version: z.literal('1.0').optional(),
  TimeoutSeconds: z.number().int().min(1).max(MAX_SECONDS).optional(),
});

export interface Definition extends StateBlock {
  /** Seconds after which the whole execution times out. */
  readonly TimeoutSeconds?: number | undefined;
}
