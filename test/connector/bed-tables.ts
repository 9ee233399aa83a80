import { Index, TableKeys } from '#core/resource-names.ts';

/** Tables that the connector uses. */
export const TABLES = [
  'sessions',
  'endpoints',
  'answers',
  'tasks',
  'authState',
  'messages',
  'limits',
  'media',
] as const;

/** Properties as the template has them. */
export function tableProperties(name: (typeof TABLES)[number]) {
  const keys = Object.values(TableKeys[name]);
  const sessions = name === 'sessions';
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  return {
    AttributeDefinitions: [
      ...keys.map(text),
      ...(sessions ? [text('sessionUid'), { AttributeName: 'shard', AttributeType: 'N' }] : []),
    ],
    KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    BillingMode: 'PAY_PER_REQUEST',
    ...(sessions && {
      GlobalSecondaryIndexes: [
        {
          IndexName: Index.sessionsByShard,
          KeySchema: [
            { AttributeName: 'shard', KeyType: 'HASH' },
            { AttributeName: 'sessionUid', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  };
}
