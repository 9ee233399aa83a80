import { randomBytes } from 'node:crypto';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import type { Clock } from '#core/domain/clock.ts';
import type { Proxy } from '../config.ts';
import { makeUploadMedia } from './media-upload.ts';
import { MessageSender, type MessageSenderOptions } from './message-sender.ts';
import { MessageWriter } from './message-writer.ts';
import type { ProxyAgents } from './proxy-agents.ts';
import type { SentContents } from './sent-contents.ts';
import type { SessionCaches } from './whatsapp-port.ts';

export interface SenderParts extends Pick<MessageSenderOptions, 'socket' | 'acks' | 'ended' | 'onWedged'> {
  readonly caches: SessionCaches;
  readonly sent: SentContents;
  readonly creds: AuthenticationCreds;
  readonly proxy?: Proxy | undefined;
  readonly agentsOf: (proxy: Proxy) => ProxyAgents;
  readonly clock: Clock;
}

/** Puts the sender of one connection together: it writes messages, uploads their files and waits for WhatsApp's word. */
export function makeSender(parts: SenderParts): MessageSender {
  const { socket, clock, caches, proxy, agentsOf, sent, creds, ...rest } = parts;
  const agent = proxy && agentsOf(proxy).agent;
  const upload = makeUploadMedia({ socket, agent, clock, random: randomBytes });
  return new MessageSender({
    ...rest,
    socket,
    clock,
    writer: new MessageWriter({
      socket,
      upload,
      own: () => ({ id: creds.me?.id ?? '', lid: creds.me?.lid ?? '' }),
      // Known to this session alone, the same after a restart.
      secretKey: creds.advSecretKey,
      clock,
    }),
    forgetDevices: (user) => (caches['userDevicesCache'] as { del(key: string): void } | undefined)?.del(user),
    remember: (id, content) => sent.remember(id, content),
  });
}
