import { proto } from '@whiskeysockets/baileys';
import type { Composed } from './composed.ts';

/** A tap on a button or a row: which one, and how WhatsApp shows it. */
export interface Answer {
  readonly as: 'button' | 'list' | 'template' | 'quick_reply' | 'flow';
  readonly id: string;
  readonly title: string;
  readonly description?: string | undefined;
}

/** The answer to a message with buttons, a list, a template's quick replies or a native flow. */
export function answerMessage({ as, id, title, description }: Answer): Composed {
  switch (as) {
    case 'button': {
      const type = proto.Message.ButtonsResponseMessage.Type.DISPLAY_TEXT;
      return media('buttons_response', {
        buttonsResponseMessage: { selectedButtonId: id, selectedDisplayText: title, type },
      });
    }
    case 'list': {
      const listType = proto.Message.ListResponseMessage.ListType.SINGLE_SELECT;
      const singleSelectReply = { selectedRowId: id };
      return media('list_response', { listResponseMessage: { title, description, listType, singleSelectReply } });
    }
    case 'template':
      return media('', {
        templateButtonReplyMessage: { selectedId: id, selectedDisplayText: title, selectedIndex: 0 },
      });
    case 'quick_reply':
      return flow('quick_reply', { id }, title);
    case 'flow':
      return flow('flow', { flow_token: id, ...(description && { answer: description }) }, title);
  }
}

const media = (mediaType: string, message: proto.IMessage): Composed => ({
  type: mediaType === '' ? 'text' : 'media',
  mediaType: mediaType || undefined,
  message,
});

const flow = (name: string, parameters: object, text: string): Composed =>
  media('native_flow_response', {
    interactiveResponseMessage: {
      body: { text },
      nativeFlowResponseMessage: { name, paramsJson: JSON.stringify(parameters), version: 3 },
    },
  });
