import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseWamid } from '#core/domain/wamid.ts';
import type { Receiver } from '../../../local/receiver/receiver.ts';
import type { PhoneMessage, SandboxClient } from '../../../sandbox/control-client.ts';
import { change, isMessage, isStatus, sendText } from '../../support/journey.ts';
import { at, type Pombo } from '../../support/pombo.ts';
import type { ClientReceiver } from './client-receiver.ts';
import { FILES, type FileKind, type SampleFile } from './files.ts';

/** Where a client of Meta's API stands: an account with a linked number, and a person with a phone. */
export interface World {
  /** What a client takes for Meta's base URL. */
  readonly api: string;
  readonly apiKey: string;
  readonly phoneNumberId: string;
  readonly accountId: string;
  /** With whom the client talks; digits. */
  readonly person: string;
  /** Where webhooks arrive, with the client's own code behind it. */
  readonly receiver: ClientReceiver;
  /** Address from which a file can be fetched. */
  readonly link: (kind: FileKind) => string;
  /** The message as the person's phone shows it, decrypted. Rejects if it failed. @param wamid as the API answered */
  readonly shown: (wamid: string) => Promise<PhoneMessage>;
  /** The file of a message that the phone shows, decrypted. */
  readonly fileOf: (message: PhoneMessage) => Promise<Buffer>;
  /** The person writes a text. Resolves with its wamid as the webhook has it, and its id on the phone. */
  readonly hear: (text: string) => Promise<{ readonly wamid: string; readonly stanzaId: string }>;
  /** Sends a text to the person without the client. Resolves with its wamid. */
  readonly send: (text: string) => Promise<string>;
  /** How far a message has come that the person wrote. */
  readonly statusOnPhone: (stanzaId: string, status: string) => Promise<PhoneMessage>;
}

export function makeWorld(parts: {
  readonly pombo: Pombo;
  readonly phones: SandboxClient;
  /** Hears everything, beside the client. */
  readonly witness: Receiver;
  readonly receiver: ClientReceiver;
  readonly files: FileServer;
  readonly session: { readonly id: string; readonly number: string };
  readonly accountId: string;
  readonly person: string;
}): World {
  const { pombo, phones, witness, receiver, files, session, accountId, person } = parts;
  const failure = async (wamid: string): Promise<never> => {
    const failed = await witness.waitFor(isStatus(wamid, 'failed'));
    throw new Error(`It failed: ${JSON.stringify(at(change(failed), 'statuses', 0, 'errors'))}`);
  };
  return {
    api: pombo.api,
    apiKey: pombo.apiKey,
    phoneNumberId: session.id,
    accountId,
    person,
    receiver,
    link: (kind) => `${files.url}${FILES[kind].name}`,
    shown: (wamid) => {
      const id = parseWamid(wamid)?.stanzaId;
      return Promise.race([phones.waitForMessage(person, (message) => message.id === id), failure(wamid)]);
    },
    fileOf: ({ id }) => phones.media(person, id),
    async hear(text) {
      const written = await phones.write(person, session.number, text);
      const arrival = await witness.waitFor(isMessage(text));
      return { wamid: String(at(change(arrival), 'messages', 0, 'id')), stanzaId: written.id };
    },
    send: (text) => sendText(pombo, session.id, person, text),
    statusOnPhone: (stanzaId, status) =>
      phones.waitForMessage(person, (message) => message.id === stanzaId && message.status === status),
  };
}

export interface FileServer {
  /** Ends with a slash; the name of a file follows. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the sample files, as somebody's web server does from which Meta fetches a `link`. */
export async function serveFiles(): Promise<FileServer> {
  const byName = new Map<string, SampleFile>(Object.values(FILES).map((file) => [`/${file.name}`, file]));
  const server: Server = createServer((request, response) => {
    const file = byName.get(request.url ?? '');
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.bytes.length }).end(file.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
