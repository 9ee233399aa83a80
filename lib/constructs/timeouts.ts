import { Duration } from 'aws-cdk-lib';

/** Functions behind the API answer before the gateway gives up at 30 s (D2). */
export const API_TIMEOUT = Duration.seconds(25);
/** A batch of deliveries; the queues' visibility is derived from it. */
export const DELIVER_TIMEOUT = Duration.seconds(30);
