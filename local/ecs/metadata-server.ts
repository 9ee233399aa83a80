import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ContainerDescription, containerDocument, taskDocument } from './metadata-document.ts';

export interface MetadataServer {
  /** `http://127.0.0.1:<port>/v4/<task id>` */
  uri(taskId: string): string;
  close(): Promise<void>;
}

/** Serves the task metadata endpoint version 4 for the tasks of one runner. */
export async function startMetadataServer(
  find: (taskId: string) => ContainerDescription | undefined,
): Promise<MetadataServer> {
  const server = createServer((request, response) => {
    const [, taskId = '', kind] = /^\/v4\/([0-9a-f]+)(\/task)?\/?$/.exec(request.url ?? '') ?? [];
    // It would be Node's, of the machine's clock.
    response.sendDate = false;
    const container = find(taskId);
    if (!container) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(kind ? taskDocument(container) : containerDocument(container)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    uri: (taskId) => `http://127.0.0.1:${port}/v4/${taskId}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
