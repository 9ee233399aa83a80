import * as z from 'zod';
import type { JsonAction } from '../aws/json-protocol.ts';
import { type ActionContext, parseInput } from './action-input.ts';
import type { MoveTask } from './move-tasks.ts';

const startInput = z.object({
  SourceArn: z.string(),
  DestinationArn: z.string().optional(),
  // 500 a second is the most that SQS moves.
  MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(500).optional(),
});
const listInput = z.object({ SourceArn: z.string(), MaxResults: z.number().int().min(1).max(10).default(1) });
const cancelInput = z.object({ TaskHandle: z.string() });

/** Redrive of dead-letter queues. */
export function moveTaskActions(context: ActionContext): Record<string, JsonAction> {
  const { engine, authorize } = context;
  return {
    StartMessageMoveTask: (raw, { accessKeyId }) => {
      const input = parseInput(startInput, raw);
      authorize({ accessKeyId, action: 'sqs:StartMessageMoveTask', resource: input.SourceArn });
      const handle = engine.moveTasks.start({
        sourceArn: input.SourceArn,
        destinationArn: input.DestinationArn,
        rate: input.MaxNumberOfMessagesPerSecond,
      });
      return { TaskHandle: handle };
    },
    ListMessageMoveTasks: (raw, { accessKeyId }) => {
      const input = parseInput(listInput, raw);
      authorize({ accessKeyId, action: 'sqs:ListMessageMoveTasks', resource: input.SourceArn });
      return { Results: engine.moveTasks.list(input.SourceArn, input.MaxResults).map(taskOutput) };
    },
    CancelMessageMoveTask: (raw, { accessKeyId }) => {
      const input = parseInput(cancelInput, raw);
      authorize({ accessKeyId, action: 'sqs:CancelMessageMoveTask', resource: '*' });
      return { ApproximateNumberOfMessagesMoved: engine.moveTasks.cancel(input.TaskHandle) };
    },
  };
}

function taskOutput(task: MoveTask): object {
  return {
    TaskHandle: task.status === 'RUNNING' ? task.handle : undefined,
    Status: task.status,
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn ?? undefined,
    MaxNumberOfMessagesPerSecond: task.rate ?? undefined,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failure ?? undefined,
    StartedTimestamp: task.startedAtMs,
  };
}
