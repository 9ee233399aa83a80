import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { SendMessageResponse } from '#core/contracts/api/messages/response.ts';
import { type Address, MOST_CONTENT_BYTES, type OutboundContent } from '#core/contracts/outbound-command.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import type { StanzaId } from '#core/domain/ids.ts';
import { canonicalNumber } from '#core/domain/phone-number.ts';
import { formatWamid, type Wamid } from '#core/domain/wamid.ts';
import { Metric } from '#core/observability/metrics.ts';
import { envelopeOf } from '../../shared/control-command.ts';
import { count } from '../../shared/count.ts';
import { logger } from '../../shared/logger.ts';
import type { GraphRequest } from '../graph-route.ts';
import type { PreviewedLink, PreviewLink } from '../media/link-preview.ts';
import type { ResolvedMedia, ResolveMedia } from '../media/media-resolver.ts';
import { withProduct } from '../with-product.ts';
import type { Admit, Enqueue } from './admission.ts';
import type { Draft } from './drafts/draft.ts';
import type { DraftTemplate } from './drafts/template.ts';
import { refuseForeignMessage } from './own-message.ts';
import { type ParsedMessage, parseMessage } from './parse-message.ts';
import { refuseUnlessReady } from './readiness.ts';
import { scheduleOf } from './schedule.ts';

export interface SendMessageDependencies {
  readonly outbound: OutboundQueue;
  readonly admit: Admit;
  readonly resolveMedia: ResolveMedia;
  readonly previewLink: PreviewLink;
  readonly draftTemplate: DraftTemplate;
  readonly clock: Clock;
}

/**
 * POST /{phone_number_id}/messages: checks everything that can be known now, lets it through the limits, and answers when the
 * queue has the command. What only WhatsApp knows comes later as a status.
 */
export function makeSendMessage(dependencies: SendMessageDependencies) {
  const { admit } = dependencies;
  const prepare = makePrepare(dependencies);
  return async (request: GraphRequest): Promise<SendMessageResponse> => {
    const parsed = parseMessage(withProduct(request));
    const attempt = await admit(request);
    const { session: row, repeated } = attempt;
    const { to } = parsed;
    const stanzaId = repeated ?? (await attempt.send(to, await prepare(parsed, row, request)));
    const wamid = wamidOf(row, stanzaId);
    // The request's own line carries it: what one message went through is found by it (D15).
    logger.appendKeys({ messageId: wamid });
    if (repeated === undefined) {
      count({ [Metric.messageAccepted]: 1 });
      logger.debug('message queued', { shard: row.shard });
    }
    return {
      messaging_product: 'whatsapp',
      contacts: [contactOf(to, parsed.written)],
      messages: [{ id: wamid, message_status: 'accepted' }],
    };
  };
}

/** Everything that can be wrong with a message is found here; what it returns has only to be queued. */
function makePrepare({ outbound, resolveMedia, previewLink, draftTemplate, clock }: SendMessageDependencies) {
  return async (parsed: ParsedMessage, row: SessionRow, request: GraphRequest): Promise<Enqueue> => {
    const nowMs = clock.now();
    const schedule = scheduleOf(parsed.envelope, nowMs);
    refuseUnlessReady(row);
    refuseOwnNumber(parsed.to, row);
    const draft = await draftOf(parsed, row, draftTemplate);
    for (const mention of [...parsed.answers, ...(draft.mentions ?? [])]) refuseForeignMessage(mention, row.sessionUid);
    const media = draft.media && (await resolveMedia(draft.media, row));
    const link = draft.previewOf === undefined ? undefined : previewLink(draft.previewOf, row);
    const content = contentOf(draft, media, link);
    refuseLarge(content, parsed.envelope.type ?? 'text');
    const { to, modifiers } = parsed;
    return async (stanzaId, isRepeated) => {
      await (media ?? link)?.begin();
      await outbound.send(row.shard, {
        ...envelopeOf(row, nowMs, request.traceId),
        type: 'message.send',
        stanzaId,
        wamid: wamidOf(row, stanzaId),
        to,
        content,
        ...modifiers,
        ...schedule,
        ...(isRepeated && { isRepeated }),
      });
    };
  };
}

const wamidOf = ({ sessionUid }: SessionRow, stanzaId: StanzaId): Wamid =>
  formatWamid({ sessionUid, direction: 'out', stanzaId });

async function draftOf({ message }: ParsedMessage, row: SessionRow, draftTemplate: DraftTemplate): Promise<Draft> {
  return 'template' in message ? draftTemplate(message.template, row) : message;
}

function contentOf(draft: Draft, media: ResolvedMedia | undefined, link: PreviewedLink | undefined): OutboundContent {
  if (draft.previewOf !== undefined) {
    const { content } = draft;
    return { ...content, text: { ...content.text, ...(link && { preview: link.preview }) } };
  }
  if (!draft.media) return draft.content;
  if (!media) throw new Error('The file of a message was not looked for.');
  return draft.contentWith({ mediaId: media.mediaId });
}

/** @throws GraphError 131009 that names the object of the message */
function refuseLarge(content: OutboundContent, field: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes <= MOST_CONTENT_BYTES) return;
  const [is, most] = [bytes, MOST_CONTENT_BYTES].map((size) => Math.ceil(size / 1024));
  throw new GraphError(131009, `${field}: must have at most ${most} KB in all, it has ${is} KB.`);
}

/** A person who was named by their user id has no phone number that anybody knows. */
function contactOf(to: Address, input: string): SendMessageResponse['contacts'][number] {
  switch (to.type) {
    case 'individual':
      return { input, wa_id: canonicalNumber(to.phone) };
    case 'group':
      return { input, wa_id: to.groupId };
    case 'user':
      return { input, user_id: to.userId };
  }
}

function refuseOwnNumber(to: Address, { phoneNumber }: SessionRow): void {
  if (to.type === 'individual' && phoneNumber && canonicalNumber(to.phone) === canonicalNumber(phoneNumber)) {
    throw new GraphError(131021, 'to: is the number of the session itself.');
  }
}
