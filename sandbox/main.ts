import { parseArgs } from 'node:util';
import { startSandbox } from './sandbox.ts';

// The sandbox alone: node sandbox/main.ts [--data <folder>] [--port <n>] [--media-port <n>].
// Once it listens it writes one JSON line with its addresses, and tells a parent process the same. SIGTERM ends it.

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string', default: '0' },
    'media-port': { type: 'string' },
  },
});

const mediaPort = values['media-port'];
const sandbox = await startSandbox({
  dataFolder: values.data,
  port: Number(values.port),
  mediaPort: mediaPort === undefined ? undefined : Number(mediaPort),
});

const { whatsappUrl, controlUrl, mediaHost, caCertificateFile } = sandbox;
const addresses = { whatsappUrl, controlUrl, mediaHost, caCertificateFile };
process.stdout.write(`${JSON.stringify(addresses)}\n`);
process.send?.(addresses);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
