import { expect } from 'vitest';
import type { Attempt } from '../client-under-test.ts';
import type { World } from '../world.ts';
import { answerOf, clientOf } from './client.ts';

/** Meta's own way to say where webhooks go. @returns the secret, which Pombo adds to the answer */
export async function subscribe(world: World): Promise<string> {
  const { accountId: businessAccountID, receiver } = world;
  const override = { override_callback_uri: receiver.url, verify_token: receiver.verifyToken };
  const answer = clientOf(world).subscribedApps.createSubscription({ businessAccountID, ...override });
  const { success, secret } = await answerOf(answer.json<{ success?: boolean; secret?: string }>());
  expect(success).toBe(true);
  return String(secret);
}

export const subscriptions: Readonly<Record<string, Attempt>> = {
  // It was used when the world was made: its webhooks are what the other methods read.
  'subscribedApps.createSubscription': async ({ receiver }) => {
    expect(receiver.secret).toMatch(/^whsec_/);
  },
  'subscribedApps.listSubscriptions': async (world) => {
    const { accountId: businessAccountID, receiver } = world;
    const { data } = await answerOf(clientOf(world).subscribedApps.listSubscriptions({ businessAccountID }).json());
    expect(data).toContainEqual(expect.objectContaining({ override_callback_uri: receiver.url }));
  },
};
