import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server that links of messages point at. */
export async function startLinkServer() {
  const answers = new Map<string, Answer>();
  let asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const answer = answers.get(path);
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    /** How a path is answered; @returns its address */
    serve(path: string, answer: Answer): string {
      answers.set(path, answer);
      return `http://127.0.0.1:${port}${path}`;
    },
    /** A file at a path; @returns its address */
    file(path: string, mimeType: string, bytes: Uint8Array): string {
      return this.serve(path, (_, response) => response.writeHead(200, { 'content-type': mimeType }).end(bytes));
    },
    /** Paths that were asked for since the last call. */
    takeAsked: (): string[] => {
      const before = asked;
      asked = [];
      return before;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type LinkServer = Awaited<ReturnType<typeof startLinkServer>>;
