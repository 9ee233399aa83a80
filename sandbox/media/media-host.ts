import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { mediaCertificate } from './certificates.ts';
import { MediaFiles } from './media-files.ts';

const LOOPBACK = '127.0.0.1';
/** WhatsApp takes documents of 2 GB; a sandbox needs no more than this. */
const LARGEST_UPLOAD_BYTES = 256 * 1024 * 1024;

/** What goes wrong on purpose. */
interface MediaFaults {
  /** Status that every upload is answered with. */
  upload: number | undefined;
  /** Status that every download is answered with. */
  download: number | undefined;
}

export interface MediaHost {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly caCertificateFile: string;
  readonly files: MediaFiles;
  readonly faults: MediaFaults;
  close(): Promise<void>;
}

export interface MediaHostOptions {
  readonly database: DatabaseSync;
  /** Without a folder the files lie in a temporary one that goes away with the host. */
  readonly folder: string | undefined;
  readonly port: number | undefined;
}

/**
 * Starts the HTTPS host where clients put and fetch encrypted media. It keeps its port over restarts, because
 * messages carry the address. Rejects when the port is taken.
 */
export async function startMediaHost({ database, folder, port }: MediaHostOptions): Promise<MediaHost> {
  const home = folder ?? mkdtempSync(join(tmpdir(), 'pombo-sandbox-'));
  const files = new MediaFiles(join(home, 'media'));
  const faults: MediaFaults = { upload: undefined, download: undefined };
  const { key, certificate, caCertificateFile } = await mediaCertificate(home);
  const server = createServer({ key, cert: certificate }, (request, response) => {
    answer({ files, faults, host: () => `${LOOPBACK}:${listening}` }, request, response).catch(() => {
      response.destroy();
    });
  });
  const listening = await listenWhereBefore(server, port, database);
  return {
    host: `${LOOPBACK}:${listening}`,
    caCertificateFile,
    files,
    faults,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
      if (folder === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

async function listenWhereBefore(server: Server, wanted: number | undefined, database: DatabaseSync): Promise<number> {
  const stored = database.prepare("SELECT value FROM settings WHERE name = 'media-port'").get()?.['value'];
  const before = stored instanceof Uint8Array ? Number(Buffer.from(stored).toString('utf8')) : undefined;
  const port = wanted ?? before;
  // A port that was merely remembered may belong to somebody else by now; one that was asked for must be had.
  const listening =
    port === undefined || wanted !== undefined
      ? await listen(server, port ?? 0)
      : await listen(server, port).catch(() => listen(server, 0));
  database.prepare("INSERT OR REPLACE INTO settings VALUES ('media-port', ?)").run(Buffer.from(String(listening)));
  return listening;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

interface Shop {
  readonly files: MediaFiles;
  readonly faults: MediaFaults;
  readonly host: () => string;
}

async function answer(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `https://${LOOPBACK}`);
  if (request.method === 'POST' && url.pathname.startsWith('/mms/')) await upload(shop, request, response);
  else if (request.method === 'GET') await download(shop, `${url.pathname}${url.search}`, request, response);
  else response.writeHead(404).end();
}

async function upload(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `https://${LOOPBACK}`);
  const body = await readBody(request);
  if (shop.faults.upload !== undefined) {
    response.writeHead(shop.faults.upload).end();
    return;
  }
  const claimed = decodeURIComponent(url.pathname.split('/').at(-1) ?? '').replace(/=+$/, '');
  if (body === undefined || createHash('sha256').update(body).digest('base64url') !== claimed) {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"hash mismatch"}');
    return;
  }
  const { directPath } = await shop.files.save(body);
  const stored = { url: `https://${shop.host()}${directPath}`, direct_path: directPath, handle: '' };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(stored));
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_UPLOAD_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function download(shop: Shop, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const bytes = shop.faults.download === undefined ? await shop.files.load(path) : undefined;
  if (!bytes) {
    response.writeHead(shop.faults.download ?? 404).end();
    return;
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (!range) {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return;
  }
  const start = Number(range[1]);
  const end = range[2] ? Math.min(Number(range[2]), bytes.length - 1) : bytes.length - 1;
  const headers = { 'content-range': `bytes ${start}-${end}/${bytes.length}`, 'content-length': end - start + 1 };
  response.writeHead(206, headers).end(bytes.subarray(start, end + 1));
}
