import { Client, MessageType } from '@great-detail/whatsapp';
import { type ClientUnderTest, methodsOfParts } from '../client-under-test.ts';
import { reads, shakesHands, verifies } from '../receiving.ts';
import { ears } from './ears.ts';
import { media } from './media.ts';
import { messages } from './messages.ts';
import { subscribe, subscriptions } from './subscriptions.ts';
import { templates } from './templates.ts';

/** Kinds that only come in. */
const INBOUND: readonly string[] = [MessageType.System, MessageType.Button, MessageType.Order, MessageType.Unsupported];

/** One method for messages, which takes a kind; `getEndpoint` is no request. */
function offered(): readonly string[] {
  const methods = methodsOfParts(new Client()).filter(
    (name) => !name.endsWith('.getEndpoint') && name !== 'message.createMessage',
  );
  const kinds = Object.values(MessageType).filter((kind) => !INBOUND.includes(kind));
  return [...methods, ...kinds.map((kind) => `message.createMessage ${kind}`)];
}

/** Graph v23.0, `messaging_product` in the body, uploads with all three fields, answers over `ky`. */
export const greatDetail: ClientUnderTest = {
  name: '@great-detail/whatsapp',
  offered,
  attempts: {
    ...templates,
    ...messages,
    ...media,
    ...subscriptions,
    'webhook.register': shakesHands,
    'webhook.eventNotification': async (world) => {
      await verifies(ears)(world);
      await reads(world);
    },
  },
  ears,
  subscribe,
  elsewhere: ['businessProfile', 'conversationalAutomation', 'phoneNumbers', 'whatsappBusinessAccount'],
};
