import type { TemplateRow } from '../../contracts/rows/template-row.ts';
import type { TemplateComponent } from '../../contracts/template-components.ts';
import { GraphError } from '../graph-error.ts';
import { ownTextsOf } from './own-texts.ts';

/** What stands as the example of a code. */
const EXAMPLE_CODE = '123456';

type Asked = Pick<TemplateRow, 'category' | 'language' | 'components'>;

/**
 * One-time passwords have texts of Meta's own, so their request leaves them out: they are filled in here.
 * @throws GraphError 100 for an own text in the category AUTHENTICATION, and for what only that category has in another one
 */
export function withOwnTexts({ category, language, components }: Asked): readonly TemplateComponent[] {
  if (category !== 'AUTHENTICATION') {
    refuseOneTimePasswords(components);
    return components;
  }
  const texts = ownTextsOf(language);
  return components.map((component, index): TemplateComponent => {
    switch (component.type) {
      case 'HEADER':
        throw new GraphError(100, `components.${index}: templates of the category AUTHENTICATION have no header.`);
      case 'BODY': {
        refuseOwnText(component.text, index);
        const text = component.add_security_recommendation ? `${texts.code} ${texts.security}` : texts.code;
        return { ...component, text, example: { body_text: [[EXAMPLE_CODE]] } };
      }
      case 'FOOTER': {
        refuseOwnText(component.text, index);
        const minutes = component.code_expiration_minutes;
        return minutes === undefined ? component : { ...component, text: texts.expires(minutes) };
      }
      case 'BUTTONS':
        if (component.buttons.some(({ type }) => type !== 'OTP')) {
          throw new GraphError(100, `components.${index}.buttons: must be one of type OTP.`);
        }
        return component;
    }
  });
}

function refuseOwnText(text: string | undefined, index: number): void {
  if (text === undefined) return;
  throw new GraphError(100, `components.${index}.text: is fixed in templates of the category AUTHENTICATION.`);
}

function refuseOneTimePasswords(components: readonly TemplateComponent[]): void {
  for (const [index, component] of components.entries()) {
    if (component.type !== 'BUTTONS' || component.buttons.every(({ type }) => type !== 'OTP')) continue;
    throw new GraphError(100, `components.${index}.buttons: type OTP belongs to the category AUTHENTICATION.`);
  }
}
