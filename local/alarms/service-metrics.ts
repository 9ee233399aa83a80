import type { Dimensions, MetricStore } from '../cloudwatch/metric-store.ts';
import type { GatewayAnswer } from '../http-api/http-api.ts';
import type { Invocation } from '../lambda/function-pool.ts';
import type { StatesEvent } from '../states/engine.ts';
import type { ExecutionStatus } from '../states/execution-store.ts';

/** What the tasks of a service used within the last minute. */
export interface TaskUsage {
  readonly clusterName: string;
  readonly serviceName: string;
  /** Percent of what the task definition reserves. */
  readonly processorPercent: number;
  readonly memoryPercent: number;
}

const EXECUTIONS: Readonly<Record<ExecutionStatus, string | undefined>> = {
  RUNNING: undefined,
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

/** Records what AWS's services record of themselves, under the names and dimensions that they use. */
export class ServiceMetrics {
  readonly #store: MetricStore;

  constructor(store: MetricStore) {
    this.#store = store;
  }

  /** `AWS/Lambda` */
  invoked(functionName: string, invocation: Invocation): void {
    const record = this.#recorder('AWS/Lambda', [{ FunctionName: functionName }, {}]);
    record('Throttles', Number(invocation.outcome === 'throttled'));
    // "Invocations aren't recorded if the invocation request is throttled" (Lambda: types of metrics).
    if (invocation.outcome === 'throttled') return;
    record('Invocations', 1);
    record('Errors', Number(invocation.outcome === 'failed'));
    record('Duration', invocation.durationMs, 'Milliseconds');
  }

  /** `AWS/ApiGateway`, of an HTTP API; its one stage is `$default`. */
  answered({ apiId, status, latencyMs }: GatewayAnswer): void {
    const record = this.#recorder('AWS/ApiGateway', [{ ApiId: apiId }, { ApiId: apiId, Stage: '$default' }]);
    record('Count', 1);
    record('4xx', Number(status >= 400 && status < 500));
    record('5xx', Number(status >= 500));
    record('Latency', latencyMs, 'Milliseconds');
  }

  /** `AWS/States` */
  executed(event: StatesEvent): void {
    const name = event.type === 'executionStarted' ? 'ExecutionsStarted' : endOf(event);
    if (name === undefined) return;
    // arn:aws:states:<region>:<account>:execution:<machine>:<name>
    const [machine] = event.executionArn.split(':').slice(6);
    const prefix = event.executionArn.split(':execution:')[0];
    this.#recorder('AWS/States', [{ StateMachineArn: `${prefix}:stateMachine:${machine}` }])(name, 1);
  }

  /** `AWS/ECS`: each running task gives one sample a minute, so the count of samples is the count of tasks. */
  used({ clusterName, serviceName, processorPercent, memoryPercent }: TaskUsage): void {
    const service = { ClusterName: clusterName, ServiceName: serviceName };
    const record = this.#recorder('AWS/ECS', [service, { ClusterName: clusterName }]);
    record('CPUUtilization', processorPercent, 'Percent');
    record('MemoryUtilization', memoryPercent, 'Percent');
  }

  #recorder(namespace: string, views: readonly Dimensions[]): (name: string, value: number, unit?: string) => void {
    return (name, value, unit = 'Count') => {
      for (const dimensions of views) this.#store.record({ namespace, name, dimensions, value, unit });
    };
  }
}

const endOf = (event: StatesEvent): string | undefined =>
  event.type === 'executionEnded' ? EXECUTIONS[event.status] : undefined;
