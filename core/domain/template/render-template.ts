import type { TemplateMessageComponent } from '../../contracts/api/templates/template-message.ts';
import type { TemplateRow } from '../../contracts/rows/template-row.ts';
import { GraphError } from '../graph-error.ts';
import { renderButtons } from './render-buttons.ts';
import { renderHeader } from './render-header.ts';
import type { RenderedTemplate } from './rendered-template.ts';
import { textValuesOf } from './text-values.ts';
import { fillVariables } from './variables.ts';

/** Meta's limits of the filled texts, characters: a body alone may be as long as a message. */
const LONGEST_HEADER = 60;
const LONGEST_BODY_BESIDE_OTHERS = 1024;
const LONGEST_BODY_ALONE = 32_768;

/**
 * Fills a template with the parameters of a message.
 * @param components of the message
 * @throws GraphError 132015 (paused), 132016 (disabled), 132000 (number of parameters), 132012 (their format), 132007 (their characters),
 * 132005 (too long), 131009 (a component twice), 131008 and 131009 for buttons
 */
export function renderTemplate(
  template: Pick<TemplateRow, 'name' | 'language' | 'status' | 'parameterFormat' | 'components'>,
  components: readonly TemplateMessageComponent[] = [],
): RenderedTemplate {
  refuseUnusable(template);
  refuseRepeated(components);
  const { parameterFormat: format } = template;
  const one = (type: 'header' | 'body') => components.find((component) => component.type === type)?.parameters ?? [];
  const of = <T extends 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS'>(type: T) =>
    template.components.find((component) => component.type === type) as
      | Extract<TemplateRow['components'][number], { readonly type: T }>
      | undefined;
  const header = renderHeader(of('HEADER'), one('header'), format);
  const text = of('BODY')?.text ?? '';
  const body = fillVariables(text, textValuesOf('body', text, one('body'), format));
  const footer = of('FOOTER')?.text;
  const buttons = renderButtons(
    of('BUTTONS')?.buttons ?? [],
    components.filter(({ type }) => type === 'button'),
    template,
  );
  refuseLong('header', header?.type === 'text' ? header.text : '', LONGEST_HEADER);
  refuseLong('body', body, template.components.length > 1 ? LONGEST_BODY_BESIDE_OTHERS : LONGEST_BODY_ALONE);
  return { ...(header ? { header } : {}), body, ...(footer === undefined ? {} : { footer }), buttons };
}

function refuseUnusable({ name, language, status }: Pick<TemplateRow, 'name' | 'language' | 'status'>): void {
  const which = `template.name: ${name} in ${language}`;
  if (status === 'PAUSED') throw new GraphError(132015, `${which} is paused.`);
  if (status === 'DISABLED') throw new GraphError(132016, `${which} is disabled.`);
}

/** The parameters of a second one would go nowhere. */
function refuseRepeated(components: readonly TemplateMessageComponent[]): void {
  const seen = new Set<string>();
  for (const [index, { type }] of components.entries()) {
    if (type !== 'button' && seen.has(type)) {
      throw new GraphError(
        131009,
        `template.components.${index}.type: there must be one component of type ${type} at most.`,
      );
    }
    seen.add(type);
  }
}

function refuseLong(where: string, text: string, longest: number): void {
  if (Array.from(text).length <= longest) return;
  throw new GraphError(132005, `${where}: must have at most ${longest} characters once its variables are filled.`);
}
