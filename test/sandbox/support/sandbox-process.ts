import { startSandbox } from '../../../sandbox/sandbox.ts';

// A sandbox in a process of its own, so that a test can kill it: <data folder> <port>.
const [dataFolder, port] = process.argv.slice(2);
const { whatsappUrl, controlUrl } = await startSandbox({ dataFolder, port: Number(port) });
process.send?.({ whatsappUrl, controlUrl });
