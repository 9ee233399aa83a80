/**
 * Limits of one AWS call, milliseconds. The SDK tries three times, DynamoDB's client four, so a call that never gets an answer ends in
 * 13 s at most, well within the 25 s after which the API refuses by itself. Without `throwOnRequestTimeout` the SDK only warns
 * (@smithy/node-http-handler 4, NodeHttpHandlerOptions).
 */
export const REQUEST_LIMITS = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true } as const;

/** A part of a file, 5 MB, has to get through within this even where a number's own upload has most of the line, milliseconds. */
export const FILE_LIMITS = { connectionTimeout: 1000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const;
