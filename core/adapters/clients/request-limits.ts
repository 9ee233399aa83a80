/**
 * Limits of one AWS call, milliseconds. The SDK tries three times, so a call that never gets an answer ends well within the
 * 25 s after which the API refuses by itself. Without `throwOnRequestTimeout` the SDK only warns
 * (@smithy/node-http-handler 4, NodeHttpHandlerOptions).
 */
export const REQUEST_LIMITS = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true } as const;
