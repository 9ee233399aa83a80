/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown;
  readonly tookMs: number;
}

export interface ApiCaller {
  call(method: string, route: string, body?: object): Promise<ApiAnswer>;
  /** The same API with another key. */
  withKey(apiKey: string): ApiCaller;
}

/** Longer than the API itself takes to give up (D2), milliseconds. */
const TIMEOUT_MS = 35_000;

export function makeApiCaller(apiUrl: string, apiKey: string): ApiCaller {
  return {
    async call(method, route, body) {
      const startedMs = performance.now();
      const response = await fetch(`${apiUrl}${route}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, body: jsonOf(text), tookMs: Math.round(performance.now() - startedMs) };
    },
    withKey: (other) => makeApiCaller(apiUrl, other),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
