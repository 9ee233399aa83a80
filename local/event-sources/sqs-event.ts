import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { SqsMessage } from '../sqs/message-output.ts';

/** Where a batch comes from. */
export interface SqsSource {
  readonly queueArn: string;
  readonly region: string;
}

/** The record that a function gets for a message; field for field what Lambda makes of it. */
export function toRecord(message: SqsMessage, { queueArn, region }: SqsSource): SQSRecord {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: { ...message.Attributes } as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, toRecordAttribute(value)]),
    ),
    ...(message.MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

type MessageAttribute = NonNullable<SqsMessage['MessageAttributes']>[string];

function toRecordAttribute({
  DataType,
  StringValue,
  BinaryValue,
}: MessageAttribute): SQSRecord['messageAttributes'][string] {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}

/**
 * Splits a batch so that each event stays within `maxBytes`; a record that is larger alone goes alone.
 * The order stays.
 */
export function splitBatch(records: readonly SQSRecord[], maxBytes: number): SQSRecord[][] {
  const batches: SQSRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record)) + 1;
    const current = batches.at(-1);
    if (current && bytes + size <= maxBytes) {
      current.push(record);
      bytes += size;
    } else {
      batches.push([record]);
      bytes = EMPTY_EVENT_BYTES + size;
    }
  }
  return batches;
}
const EMPTY_EVENT_BYTES = JSON.stringify({ Records: [] } satisfies SQSEvent).length;
