import type { TemplateMessageComponent, TemplateParameter } from '../../contracts/api/templates/template-message.ts';
import type { TemplateRow } from '../../contracts/rows/template-row.ts';
import type { TemplateButton } from '../../contracts/template-components.ts';
import { GraphError } from '../graph-error.ts';
import { ownTextsOf } from './own-texts.ts';
import type { RenderedButton } from './rendered-template.ts';
import { textOf } from './text-values.ts';
import { fillVariables, variablesOf } from './variables.ts';

/** Meta's `sub_type` of a button's parameters; a one-time password is a URL in Meta's own words. */
const SUB_TYPES: Readonly<Record<TemplateButton['type'], readonly string[]>> = {
  QUICK_REPLY: ['quick_reply'],
  URL: ['url'],
  PHONE_NUMBER: [],
  COPY_CODE: ['copy_code'],
  OTP: ['url', 'copy_code'],
};

/** Longest address, characters (Meta's limit of a URL button). */
const LONGEST_URL = 2000;

/**
 * @param components those of type `button`
 * @throws GraphError 131008 (a parameter is missing), 132000 (one too many), 131009 (no such button, or twice), 132012 (of another kind),
 * 132005 (address too long)
 */
export function renderButtons(
  buttons: readonly TemplateButton[],
  components: readonly TemplateMessageComponent[],
  { language }: Pick<TemplateRow, 'language'>,
): readonly RenderedButton[] {
  const given = new Map<number, TemplateMessageComponent>();
  for (const component of components) {
    const index = indexOf(component, buttons.length);
    const button = buttons[index];
    const subTypes = button ? SUB_TYPES[button.type] : [];
    if (component.sub_type && !subTypes.includes(component.sub_type)) {
      const written = component.sub_type.toUpperCase();
      throw new GraphError(132012, `buttons: button at index ${index} is of type ${button?.type}, not ${written}.`);
    }
    if (given.has(index)) throw new GraphError(131009, `buttons: button at index ${index} is there twice.`);
    if (button) refuseSurplus(button, index, component);
    given.set(index, component);
  }
  return buttons.map((button, index) => renderButton({ button, index, component: given.get(index), language }));
}

function indexOf({ index }: TemplateMessageComponent, count: number): number {
  if (index === undefined || index === null) throw new GraphError(131008, 'buttons: index is required.');
  const value = Number(index);
  if (/^\d+$/.test(String(index)) && value < count) return value;
  const wanted = count === 0 ? 'the template has no buttons' : `must be from 0 to ${count - 1}`;
  throw new GraphError(131009, `buttons: index: ${wanted}.`);
}

/** A parameter that the button has no use for would go nowhere. */
function refuseSurplus(button: TemplateButton, index: number, { parameters }: TemplateMessageComponent): void {
  const most = mostParametersOf(button);
  const count = parameters?.length ?? 0;
  if (count <= most) return;
  throw new GraphError(
    132000,
    `buttons: button at index ${index}: number of params (${count}) does not match the expected number (${most}).`,
  );
}

function mostParametersOf(button: TemplateButton): number {
  if (button.type === 'PHONE_NUMBER') return 0;
  return button.type === 'URL' ? variablesOf(button.url).length : 1;
}

interface Place {
  readonly button: TemplateButton;
  readonly index: number;
  readonly component: TemplateMessageComponent | undefined;
  readonly language: string;
}

function renderButton(place: Place): RenderedButton {
  const { button, component, language } = place;
  switch (button.type) {
    case 'QUICK_REPLY': {
      const parameter = component?.parameters?.[0];
      // Without a payload Meta's webhook repeats the text.
      const payload = parameter ? payloadOf(place, parameter) : button.text;
      return { type: 'quick_reply', text: button.text, payload };
    }
    case 'URL':
      return { type: 'url', text: button.text, url: urlOf(place, button.url) };
    case 'PHONE_NUMBER':
      return { type: 'phone_number', text: button.text, phoneNumber: button.phone_number };
    case 'COPY_CODE':
    case 'OTP':
      return { type: 'copy_code', text: button.text ?? ownTextsOf(language).copyCode, code: codeOf(place) };
  }
}

function urlOf(place: Place, url: string): string {
  const [variable] = variablesOf(url);
  const parameter = place.component?.parameters?.[0];
  if (variable === undefined) return url;
  if (!parameter) throw missing(place);
  const filled = fillVariables(url, new Map([[variable, textOf(whereOf(place), parameter)]]));
  if (filled.length <= LONGEST_URL) return filled;
  throw new GraphError(132005, `${whereOf(place)}: the address must have at most ${LONGEST_URL} characters.`);
}

function codeOf(place: Place): string {
  const parameter = place.component?.parameters?.[0];
  if (!parameter) throw missing(place);
  if (parameter.type === 'coupon_code' && parameter.coupon_code !== '') return parameter.coupon_code;
  if (parameter.type === 'text' && place.button.type === 'OTP') return textOf(whereOf(place), parameter);
  if (parameter.type === 'coupon_code') throw missing(place);
  throw new GraphError(132012, `${whereOf(place)}: expected coupon_code, received ${parameter.type}.`);
}

function payloadOf(place: Place, parameter: TemplateParameter): string {
  if (parameter.type === 'payload') return parameter.payload;
  // Older clients write the payload as a text.
  if (parameter.type === 'text') return parameter.text;
  throw new GraphError(132012, `${whereOf(place)}: expected payload, received ${parameter.type}.`);
}

const whereOf = ({ index }: Place): string => `buttons: button at index ${index}`;

const missing = (place: Place): GraphError =>
  new GraphError(131008, `${whereOf(place)} of type ${place.button.type} requires a parameter.`);
