import type { TemplateButton } from '../../contracts/template-components.ts';
import { GraphError } from '../graph-error.ts';
import { parsePhoneNumber } from '../phone-number.ts';
import { variablesOf } from './variables.ts';

/** Meta's limits: buttons of a template, of each kind, and characters. */
const MOST_BUTTONS = 10;
const MOST_OF: Readonly<Record<TemplateButton['type'], number>> = {
  QUICK_REPLY: MOST_BUTTONS,
  URL: 2,
  PHONE_NUMBER: 1,
  COPY_CODE: 1,
  OTP: 1,
};
const LONGEST_TEXT = 25;
const LONGEST_URL = 2000;
const LONGEST_CODE = 20;

/** Meta's rules for the buttons of a template. @throws GraphError 100 that names the button */
export function checkButtons(buttons: readonly TemplateButton[], where: string): void {
  if (buttons.length === 0 || buttons.length > MOST_BUTTONS) {
    throw new GraphError(100, `${where}: must have from 1 to ${MOST_BUTTONS} buttons.`);
  }
  for (const [type, most] of Object.entries(MOST_OF)) {
    if (buttons.filter((button) => button.type === type).length <= most) continue;
    throw new GraphError(100, `${where}: must have at most ${most} of type ${type}.`);
  }
  refuseMixedOrder(buttons, where);
  for (const [index, button] of buttons.entries()) checkButton(button, `${where}.${index}`);
}

/** Quick replies stand together, before or behind all others. */
function refuseMixedOrder(buttons: readonly TemplateButton[], where: string): void {
  const kinds = buttons.map(({ type }) => type === 'QUICK_REPLY');
  const changes = kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length;
  if (changes > 1) throw new GraphError(100, `${where}: buttons of type QUICK_REPLY must stand together.`);
}

function checkButton(button: TemplateButton, where: string): void {
  const { text } = button;
  if (text !== undefined) {
    if (text.trim() === '') throw new GraphError(100, `${where}.text: is required.`);
    if (Array.from(text).length > LONGEST_TEXT) {
      throw new GraphError(100, `${where}.text: must have at most ${LONGEST_TEXT} characters.`);
    }
    if (variablesOf(text).length > 0) throw new GraphError(100, `${where}.text: must have no variables.`);
  }
  if (button.type === 'URL') checkUrl(button, where);
  if (button.type === 'PHONE_NUMBER' && parsePhoneNumber(button.phone_number) === undefined) {
    throw new GraphError(100, `${where}.phone_number: must be a phone number with country code.`);
  }
  if (button.type === 'COPY_CODE') {
    const [code] = [button.example].flat();
    if (!code || code.length > LONGEST_CODE) {
      throw new GraphError(100, `${where}.example: must be a code of at most ${LONGEST_CODE} characters.`);
    }
  }
}

type UrlButton = Extract<TemplateButton, { readonly type: 'URL' }>;

function checkUrl({ url, example }: UrlButton, where: string): void {
  const variables = variablesOf(url);
  if (url.length > LONGEST_URL) throw new GraphError(100, `${where}.url: must have at most ${LONGEST_URL} characters.`);
  if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) {
    throw new GraphError(100, `${where}.url: must be an address that begins with https:// or http://.`);
  }
  if (variables.length === 0) return;
  if (variables.length > 1 || !url.endsWith('}}')) {
    throw new GraphError(100, `${where}.url: may have one variable, at its end.`);
  }
  if ([example].flat().filter(Boolean).length === 0) {
    throw new GraphError(100, `${where}.example: needs an example for the variable of the url.`);
  }
}
