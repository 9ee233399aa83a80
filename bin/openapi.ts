import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createDocument } from 'zod-openapi';
import { PATHS } from './openapi/operations.ts';

/**
 * Writes docs/openapi.json from the schemas that the functions parse with.
 *   node bin/openapi.ts            writes it
 *   node bin/openapi.ts --check    fails if the committed one is another
 */
const ROOT = path.resolve(import.meta.dirname, '..');
const FILE = path.join(ROOT, 'docs/openapi.json');

const DESCRIPTION = `WhatsApp gateway that speaks the WhatsApp Cloud API.

Errors have the shape of Meta's Graph API. Three answers come from API Gateway itself and have its body, \`{"message": "…"}\`:
413 over 10 MB, 429 when throttled, 503 when a function is down or takes more than 30 s.`;

function documentText(version: string): string {
  const document = createDocument({
    openapi: '3.1.0',
    info: { title: 'Pombo', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { xApiKey: [] }, { apikey: [] }],
    tags: [
      { name: 'Messages' },
      { name: 'Media' },
      { name: 'Groups' },
      { name: 'Sessions' },
      { name: 'Webhooks' },
      { name: 'Deliveries' },
      { name: 'Health' },
    ],
    paths: PATHS,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        apikey: { type: 'apiKey', in: 'header', name: 'apikey' },
      },
    },
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
const text = documentText(version);
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('docs/openapi.json is not what the schemas say. Run: npm run openapi');
  process.exitCode = 1;
}
