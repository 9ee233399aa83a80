import type { DeviceAddress } from '../store/jid.ts';
import type { BinaryNode } from '../wire/node.ts';
import { child, children, node } from '../wire/node.ts';
import { answerGroups } from './groups.ts';
import { answerOrderQuery } from './order-queries.ts';
import { answerEncrypt } from './prekeys.ts';
import { answerProfileQuery } from './profile-queries.ts';
import type { ServerContext } from './server-context.ts';
import { unixSeconds } from './server-context.ts';
import { answerUsync } from './usync.ts';

/** How long a media connection's token is good for, as the real service says (6 h). */
const MEDIA_AUTH_TTL_SECONDS = 21_600;

const PRIVACY = ['readreceipts', 'profile', 'status', 'online', 'last', 'groupadd', 'calladd', 'messages'];

/**
 * Answers a device's question (IQ get or set). Namespaces that nobody has asked for yet get an empty result, as
 * `set` requests do.
 */
export function answerIq(context: ServerContext, from: DeviceAddress, iq: BinaryNode): BinaryNode[] {
  switch (iq.attrs['xmlns']) {
    case 'encrypt':
      return answerEncrypt(context, from, iq) ?? [];
    case 'usync':
      return answerUsync(context, from, iq) ?? [];
    case 'w:g2':
      return answerGroups(context, from, iq);
    case 'w:m':
      return [mediaConnection(context)];
    case 'privacy':
      return answerPrivacy(iq);
    case 'abt':
      return [node('props', { protocol: '1', hash: 'sandbox', refresh: 86_400, refresh_id: 0 })];
    case 'w:sync:app:state':
      return [appState(iq)];

    case undefined:
    default:
      return answerProfileQuery(context, from, iq) ?? answerOrderQuery(context, iq) ?? [];
  }
}

function answerPrivacy(iq: BinaryNode): BinaryNode[] {
  if (iq.attrs['type'] !== 'get') return [];
  return [
    node(
      'privacy',
      {},
      PRIVACY.map((name) => node('category', { name, value: 'all' })),
    ),
  ];
}

function mediaConnection(context: ServerContext): BinaryNode {
  const attrs = {
    auth: context.random(24).toString('base64url'),
    ttl: MEDIA_AUTH_TTL_SECONDS,
    auth_ttl: MEDIA_AUTH_TTL_SECONDS,
    max_buckets: 12,
    id: unixSeconds(context.clock),
  };
  return node('media_conn', attrs, [node('host', { hostname: context.mediaHost(), type: 'primary' })]);
}

/** Every collection is empty and at the version that the client already has. */
function appState(iq: BinaryNode): BinaryNode {
  const collections = children(child(iq, 'sync'), 'collection').map((each) =>
    node('collection', { name: each.attrs['name'], version: each.attrs['version'] ?? 0 }),
  );
  return node('sync', {}, collections);
}
