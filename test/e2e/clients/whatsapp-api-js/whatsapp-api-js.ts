import * as kinds from 'whatsapp-api-js/messages';
import { ClientMessage } from 'whatsapp-api-js/types';
import { type ClientUnderTest, methodsOf } from '../client-under-test.ts';
import { reads, shakesHands, verifies } from '../receiving.ts';
import { clientOf } from './client.ts';
import { ears } from './ears.ts';
import { interactive } from './interactive.ts';
import { media } from './media.ts';
import { messages } from './messages.ts';

/** `Interactive` is sent with an action, `Media` as one of its kinds. */
const CLASSES_OF_CLASSES: readonly string[] = ['sendMessage Interactive', 'sendMessage Media'];

/** Its one method for messages takes an object of a class for each kind; `Interactive` takes one for each action. */
function offered(): readonly string[] {
  const methods = methodsOf(clientOf({ api: 'http://127.0.0.1', apiKey: 'any' }));
  const classes = Object.entries(kinds)
    .filter(([name, value]) => value.prototype instanceof ClientMessage || name.startsWith('Action'))
    .map(([name]) => (name.startsWith('Action') ? `sendMessage Interactive ${name}` : `sendMessage ${name}`))
    .filter((name) => !CLASSES_OF_CLASSES.includes(name));
  return [...methods.filter((name) => name !== 'sendMessage'), ...classes];
}

/** `messaging_product` of uploads in the query, no version before some paths, errors are answers. */
export const whatsappApiJs: ClientUnderTest = {
  name: 'whatsapp-api-js',
  offered,
  attempts: {
    ...messages,
    ...interactive,
    ...media,
    get: shakesHands,
    post: reads,
    verifyRequestSignature: verifies(ears),
  },
  ears,
  elsewhere: [
    'initiateCall',
    'preacceptCall',
    'rejectCall',
    'acceptCall',
    'terminateCall',
    'createQR',
    'retrieveQR',
    'updateQR',
    'deleteQR',
    'blockUser',
    'unblockUser',
    // Not a method of Meta's: what the others call.
    '$$apiFetch$$',
    'getBody',
  ],
};
