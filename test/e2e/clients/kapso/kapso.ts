import { WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import * as server from '@kapso/whatsapp-cloud-api/server';
import { type ClientUnderTest, methodsOfParts } from '../client-under-test.ts';
import { reads, verifies } from '../receiving.ts';
import { ears } from './ears.ts';
import { interactive } from './interactive.ts';
import { media } from './media.ts';
import { messages } from './messages.ts';
import { templates } from './templates.ts';

/** Fields in camel case, requests checked by its own schemas, `messaging_product` in the body, graph version of its own. */
export const kapso: ClientUnderTest = {
  name: '@kapso/whatsapp-cloud-api',
  offered: () => [
    ...methodsOfParts(new WhatsAppClient({ accessToken: 'any' })),
    ...Object.keys(server).map((name) => `server.${name}`),
  ],
  attempts: {
    ...templates,
    ...messages,
    ...interactive,
    ...media,
    'server.verifySignature': verifies(ears),
    'server.normalizeWebhook': reads,
  },
  ears,
  elsewhere: [
    'phoneNumbers',
    'calls',
    'conversations',
    'contacts',
    'flows',
    'server.FlowServerError',
    'server.downloadFlowMedia',
    'server.receiveFlowEvent',
    'server.respondToFlow',
  ],
};
