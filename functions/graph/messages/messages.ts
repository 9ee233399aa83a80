import * as z from 'zod';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import type { GraphRoute } from '../graph-route.ts';
import { isStatus, makeMarkRead } from './mark-read.ts';
import { makeSendMessage, type SendMessageDependencies } from './send-message.ts';

/**
 * `POST /{phone_number_id}/messages`: messages, and read receipts at the same path. Meta's `marketing_messages` takes templates only, and
 * sends them as any other here.
 */
export function messageRoutes(dependencies: SendMessageDependencies): readonly GraphRoute[] {
  const sendMessage = makeSendMessage(dependencies);
  const markRead = makeMarkRead(dependencies);
  return [
    {
      on: 'phone_number',
      edge: 'messages',
      method: 'POST',
      run: async (request) => ({
        body: isStatus(request.body()) ? await markRead(request) : await sendMessage(request),
      }),
    },
    {
      on: 'phone_number',
      edge: 'marketing_messages',
      method: 'POST',
      run: async (request) => {
        parseRequest(z.object({ type: z.literal('template') }), request.body(), 'message');
        return { body: await sendMessage(request) };
      },
    },
  ];
}
