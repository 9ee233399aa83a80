/** Metrics of AWS's own services that the runner records, by namespace. */
const RECORDED: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApiGateway': ['4xx', '5xx', 'Count', 'Latency'],
  'AWS/ECS': ['CPUUtilization', 'MemoryUtilization'],
  'AWS/Lambda': ['Duration', 'Errors', 'Invocations', 'Throttles'],
  'AWS/SQS': [
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesDelayed',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesVisible',
    'NumberOfMessagesDeleted',
    'NumberOfMessagesReceived',
    'NumberOfMessagesSent',
  ],
  'AWS/States': [
    'ExecutionsAborted',
    'ExecutionsFailed',
    'ExecutionsStarted',
    'ExecutionsSucceeded',
    'ExecutionsTimedOut',
  ],
  // Nothing is throttled here, and AWS too sends these only when something is.
  'AWS/DynamoDB': ['ReadThrottleEvents', 'ThrottledRequests', 'WriteThrottleEvents'],
};

/** Why an alarm on this metric could never ring here; undefined for one that is recorded, and for all metrics of our own. */
export function unknownMetric(namespace: string, name: string): string | undefined {
  if (!namespace.startsWith('AWS/') && namespace !== 'ECS/ContainerInsights') return undefined;
  const names = RECORDED[namespace];
  if (names?.includes(name)) return undefined;
  return names
    ? `${namespace} has the metrics ${names.join(', ')} on one machine, not ${name}`
    : `metrics of ${namespace} are not recorded on one machine; those of ${Object.keys(RECORDED).join(', ')} are`;
}
