import type { Group } from '../store/group-store.ts';
import type { BinaryNode } from '../wire/node.ts';
import { childBytes, node } from '../wire/node.ts';
import type { ServerContext } from './server-context.ts';

const CODE_BYTES = 16;

/** The code of a group's invite link, made when somebody asks for it first; asked for to be `set`, a new one. */
export function answerInvite(context: ServerContext, group: Group, type: string | undefined): BinaryNode[] {
  const known = type === 'set' ? undefined : context.groups.invite(group.jid);
  const code = known ?? context.random(CODE_BYTES).toString('base64url');
  context.groups.setInvite(group.jid, code);
  return [node('invite', { code })];
}

/** @returns what the members hear; undefined when the change began from another description than the present one */
export function changeDescription(context: ServerContext, group: Group, change: BinaryNode): BinaryNode | undefined {
  if (change.attrs['prev'] !== group.description?.id) return undefined;
  const { id = '' } = change.attrs;
  const body = childBytes(change, 'body')?.toString('utf8');
  context.groups.setDescription(group.jid, body === undefined ? undefined : { id, body });
  return node('description', { id }, body === undefined ? [] : [node('body', {}, Buffer.from(body))]);
}
