import type { TemplateParameter } from '../../contracts/api/templates/template-message.ts';
import type { TemplateRow } from '../../contracts/rows/template-row.ts';
import type { TemplateHeader } from '../../contracts/template-components.ts';
import { GraphError } from '../graph-error.ts';
import type { RenderedHeader, RenderedMedia } from './rendered-template.ts';
import { textValuesOf } from './text-values.ts';
import { fillVariables } from './variables.ts';

/**
 * @param header undefined if the template has none
 * @throws GraphError 132000, 132012 and what text parameters may be refused with; 131008 for a file without id and link
 */
export function renderHeader(
  header: TemplateHeader | undefined,
  parameters: readonly TemplateParameter[],
  format: TemplateRow['parameterFormat'],
): RenderedHeader | undefined {
  if (!header || header.format === 'TEXT') {
    const text = header?.text ?? '';
    const filled = fillVariables(text, textValuesOf('header', text, parameters, format));
    return header && { type: 'text', text: filled };
  }
  const [parameter, ...more] = parameters;
  if (more.length > 0) {
    throw new GraphError(
      132000,
      `header: number of params (${parameters.length}) does not match the expected number (1).`,
    );
  }
  const rendered = parameter?.type === header.format.toLowerCase() ? renderParameter(parameter) : undefined;
  if (rendered) return rendered;
  const received = parameter?.type.toUpperCase() ?? 'UNKNOWN';
  throw new GraphError(132012, `header: format mismatch, expected ${header.format}, received ${received}.`);
}

/** @returns undefined for what can be no header */
function renderParameter(parameter: TemplateParameter): RenderedHeader | undefined {
  if (parameter.type === 'image') return { type: 'image', media: mediaOf('image', parameter.image) };
  if (parameter.type === 'video') return { type: 'video', media: mediaOf('video', parameter.video) };
  if (parameter.type === 'document') return { type: 'document', media: mediaOf('document', parameter.document) };
  if (parameter.type !== 'location') return undefined;
  const { latitude, longitude, name, address } = parameter.location;
  const words = { ...(name ? { name } : {}), ...(address ? { address } : {}) };
  return { type: 'location', location: { latitude, longitude, ...words } };
}

type Media = Extract<TemplateParameter, { readonly type: 'document' }>['document'];

function mediaOf(type: string, { id, link, filename }: Media): RenderedMedia {
  if (!id && !link) throw new GraphError(131008, `header: ${type}: id or link is required.`);
  if (id && link) throw new GraphError(131009, `header: ${type}: must have id or link, not both.`);
  return { ...(id ? { id } : {}), ...(link ? { link } : {}), ...(filename ? { filename } : {}) };
}
