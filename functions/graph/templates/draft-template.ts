import type { TemplateRepository } from '#core/adapters/dynamodb/template-repository.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { renderTemplate } from '#core/domain/template/render-template.ts';
import { templateIdOf } from '#core/domain/template/template-id.ts';
import { type DraftTemplate, draftRendered } from '../messages/drafts/template.ts';

/**
 * Fills the template that a message names: one DynamoDB read.
 * @returns rejects with GraphError 132001 for a name or a language that the account does not have, and with what filling is refused with
 */
export function makeDraftTemplate({
  templates,
}: {
  readonly templates: Pick<TemplateRepository, 'get'>;
}): DraftTemplate {
  return async ({ name, language, components }, { accountId }) => {
    const row = await templates.get(accountId, templateIdOf(accountId, name, language.code));
    if (!row)
      throw new GraphError(132001, `template.name: template name (${name}) does not exist in ${language.code}.`);
    return draftRendered(renderTemplate(row, components ?? []));
  };
}
