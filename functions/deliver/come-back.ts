import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { logger } from '../shared/logger.ts';

/** Decides when records that could not be worked on are seen again. */
export interface ComeBack {
  /** Never rejects: what it can't say to the queue comes back after the queue's own visibility timeout. */
  soon(records: readonly SQSRecord[]): Promise<void>;
}

/** A table or a machine that takes nothing is tried again after this, seconds; twice as long each time … */
const FIRST_S = 15;
/** … up to this, so that deliveries go on within two minutes of the end of an outage (webhooks.md section 6, bar 24). */
const LONGEST_S = 90;

/** @param receives of a record so far, the one that failed included @returns seconds */
export const comesBackAfterS = (receives: number): number =>
  Math.min(LONGEST_S, FIRST_S * 2 ** Math.max(0, receives - 1));

/**
 * A record that Lambda reports as failed stays invisible for the rest of its visibility timeout, three minutes here: six times the
 * function's own timeout, which is what a killed function needs. One that failed by itself needs no more than a moment.
 * All of a batch have one wait, so that those of a chat come back together.
 */
export function makeComeBack(options: {
  readonly sqs: SQSClient;
  readonly queueUrls: Readonly<Record<'events' | 'bulk', string>>;
}): ComeBack {
  const { sqs, queueUrls } = options;
  return {
    async soon(records) {
      const [first] = records;
      if (!first) return;
      const receives = Math.max(...records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount)));
      const VisibilityTimeout = comesBackAfterS(receives);
      const QueueUrl = queueUrls[first.eventSourceARN.endsWith('.fifo') ? 'events' : 'bulk'];
      const Entries = records.map(({ receiptHandle: ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle,
        VisibilityTimeout,
      }));
      try {
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      } catch (error) {
        logger.warn('records come back later', { error: error as Error });
      }
    },
  };
}
