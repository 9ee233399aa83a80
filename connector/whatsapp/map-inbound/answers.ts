import type { proto } from '@whiskeysockets/baileys';
import type { InteractiveContent } from '#core/contracts/inbound/interactive.ts';
import type { Reader } from './reading.ts';

/** Taps on a template's quick reply, on buttons, in lists and native flows. */
export const readAnswer: Reader = (message) => {
  const { templateButtonReplyMessage: quick, buttonsResponseMessage: button, listResponseMessage: list } = message;
  if (quick) {
    const text = quick.selectedDisplayText ?? '';
    return { content: { type: 'button', button: { payload: quick.selectedId || text, text } } };
  }
  if (button) return answer(buttonReply(button.selectedButtonId, button.selectedDisplayText));
  if (list) return answer(listReply(list.singleSelectReply?.selectedRowId, list.title, list.description));
  const flow = message.interactiveResponseMessage;
  return flow?.nativeFlowResponseMessage ? answer(flowReply(flow, flow.nativeFlowResponseMessage)) : undefined;
};

type Interactive = InteractiveContent['interactive'];
type Text = string | null | undefined;

const answer = (interactive: Interactive) => ({ content: { type: 'interactive', interactive } as const });

const buttonReply = (id: Text, title: Text): Interactive => ({
  type: 'button_reply',
  button_reply: { id: id ?? '', title: title ?? '' },
});

const listReply = (id: Text, title: Text, description: Text): Interactive => ({
  type: 'list_reply',
  list_reply: { id: id ?? '', title: title ?? '', ...(description && { description }) },
});

/** Names of native flows that are buttons and lists; all others are forms. */
const BUTTONS = new Set(['quick_reply']);
const LISTS = new Set(['single_select', 'menu_options']);

function flowReply(
  response: proto.Message.IInteractiveResponseMessage,
  flow: proto.Message.InteractiveResponseMessage.INativeFlowResponseMessage,
): Interactive {
  const name = flow.name ?? '';
  const json = flow.paramsJson ?? '{}';
  const body = response.body?.text;
  const { id, display_text, title, description } = textsOf(json);
  if (id !== undefined && BUTTONS.has(name)) return buttonReply(id, body || display_text);
  if (id !== undefined && LISTS.has(name)) return listReply(id, body || title, description);
  return { type: 'nfm_reply', nfm_reply: { name, ...(body && { body }), response_json: json } };
}

/** Members of an object in JSON that are texts; none of anything else. */
function textsOf(json: string): Readonly<Record<string, string | undefined>> {
  try {
    const value: unknown = JSON.parse(json);
    const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(members.filter(([, member]) => typeof member === 'string'));
  } catch {
    return {};
  }
}
