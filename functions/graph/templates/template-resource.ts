import type * as z from 'zod';
import type { TemplateResource, TemplatesQuerySchema } from '#core/contracts/api/templates/template-requests.ts';
import type { TemplateRow } from '#core/contracts/rows/template-row.ts';

/** A template as Meta shows it. */
export const templateResource = (row: TemplateRow): Required<TemplateResource> => ({
  id: row.templateId,
  name: row.name,
  language: row.language,
  category: row.category,
  status: row.status,
  parameter_format: row.parameterFormat,
  components: row.components,
});

type Query = Pick<
  z.output<typeof TemplatesQuerySchema>,
  'name' | 'content' | 'name_or_content' | 'language' | 'category' | 'status'
>;

/** The templates that a list was asked for. */
export function keptTemplates(rows: readonly TemplateRow[], query: Query): readonly TemplateRow[] {
  const { name, content, name_or_content: either, language, category, status } = query;
  return rows.filter(
    (row) =>
      (name === undefined || has(row.name, name)) &&
      (content === undefined || has(textOf(row), content)) &&
      (either === undefined || has(row.name, either) || has(textOf(row), either)) &&
      (language === undefined || row.language === language) &&
      (category === undefined || row.category === category) &&
      (status === undefined || row.status === status),
  );
}

const has = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

const textOf = ({ components }: TemplateRow): string =>
  components.map((component) => ('text' in component ? component.text : '')).join('\n');
