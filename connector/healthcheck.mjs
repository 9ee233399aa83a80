// The container's health check: has the connector's event loop turned lately? Asks nothing outside the container.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, exit } from 'node:process';

/** The heartbeat turns every 2 s; an event loop that stood still this long holds no WhatsApp connection. */
const STALE_AFTER_MS = 20_000;

// The same name as in connector/config.ts, which this file can't import: it is copied beside the bundle as it is.
const container = env.ECS_CONTAINER_METADATA_URI_V4 || hostname();
const name = createHash('sha256').update(container).digest('hex').slice(0, 16);
const file = join(tmpdir(), `pombo-connector-${name}.heartbeat`);

const beatAtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
exit(Date.now() - beatAtMs < STALE_AFTER_MS ? 0 : 1);
