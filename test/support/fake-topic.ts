import type { PublishCommand, PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';

/** An SNS that remembers what was published and can refuse it or never answer. */
export function fakeTopic() {
  const published: PublishCommandInput[] = [];
  const waiting: { readonly count: number; readonly wake: () => void }[] = [];
  let calls = 0;
  const topic = {
    published,
    failing: false,
    hanging: false,
    /** Resolves with the call of that number, the first being 1. */
    called: (count: number): Promise<void> =>
      calls >= count ? Promise.resolve() : new Promise((wake) => waiting.push({ count, wake })),
    client: {
      send: async ({ input }: PublishCommand) => {
        calls++;
        for (const { count, wake } of waiting) if (calls >= count) wake();
        if (topic.hanging) return await new Promise<never>(() => undefined);
        if (topic.failing) throw new Error('SNS is down');
        published.push(input);
        return {};
      },
    } as unknown as SNSClient,
  };
  return topic;
}
