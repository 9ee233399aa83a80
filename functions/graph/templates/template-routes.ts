import type { TemplateRepository } from '#core/adapters/dynamodb/template-repository.ts';
import { parseRequest } from '#core/contracts/api/request-errors.ts';
import {
  ChangeTemplateRequestSchema,
  type CreateTemplateRequest,
  CreateTemplateRequestSchema,
  DeleteTemplateQuerySchema,
  TemplatesQuerySchema,
} from '#core/contracts/api/templates/template-requests.ts';
import type { TemplateRow } from '#core/contracts/rows/template-row.ts';
import type { TemplateComponent } from '#core/contracts/template-components.ts';
import type { Clock } from '#core/domain/clock.ts';
import { GraphError, objectMissing } from '#core/domain/graph-error.ts';
import { TemplateIdSchema } from '#core/domain/ids.ts';
import { withOwnTexts } from '#core/domain/template/authentication-template.ts';
import { checkTemplate } from '#core/domain/template/check-template.ts';
import { templateIdOf } from '#core/domain/template/template-id.ts';
import type { ApiResponse } from '../../shared/api-response.ts';
import { selectFields } from '../fields.ts';
import type { GraphRequest, GraphRoute } from '../graph-route.ts';
import { ownAccount } from '../own-account.ts';
import { pageOf } from '../page-of.ts';
import { keptTemplates, templateResource } from './template-resource.ts';

export interface TemplateDependencies {
  readonly templates: TemplateRepository;
  readonly clock: Clock;
}

/** Meta's most templates of an account that is not verified: a list is read as a whole. */
const MOST_TEMPLATES = 250;
/** Largest template, bytes of its JSON: 16 read units. */
const MOST_BYTES = 64 * 1024;

const SUCCESS: ApiResponse = { body: { success: true } };

/** GET /{account}/message_templates */
function makeListTemplates({ templates }: TemplateDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const accountId = ownAccount(request);
    const query = parseRequest(TemplatesQuerySchema, Object.fromEntries(request.query));
    const rows = keptTemplates(await templates.list(accountId), query);
    const { page, paging } = pageOf(request, rows, { ...query, keyOf: ({ templateId }) => templateId });
    return { body: { data: page.map((row) => selectFields(templateResource(row), query.fields)), paging } };
  };
}

/** POST /{account}/message_templates: approved at once, because nobody but WhatsApp's own API asks for an approval. */
function makeCreateTemplate({ templates, clock }: TemplateDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const accountId = ownAccount(request);
    const asked = parseRequest(CreateTemplateRequestSchema, request.body() ?? {});
    const { name, language, category } = asked;
    const nowMs = clock.now();
    const row: TemplateRow = {
      accountId,
      templateId: templateIdOf(accountId, name, language),
      name,
      language,
      status: 'APPROVED',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      ...checked({ ...asked, parameterFormat: asked.parameter_format ?? 'POSITIONAL' }),
    };
    if ((await templates.list(accountId)).length >= MOST_TEMPLATES) {
      throw new GraphError(
        100,
        `The account has ${MOST_TEMPLATES} message templates, which is the most. Delete one first.`,
      );
    }
    if (!(await templates.create(row))) {
      throw new GraphError(100, `name: there is already a template ${name} in ${language}.`);
    }
    return { body: { id: row.templateId, status: row.status, category } };
  };
}

/** GET /{template} */
function makeGetTemplate(dependencies: TemplateDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const row = await ownTemplate(dependencies, request);
    return { body: selectFields(templateResource(row), request.query.get('fields') ?? undefined) };
  };
}

/** POST /{template}: its components, its category, or whether it may be used. */
function makeChangeTemplate(dependencies: TemplateDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const change = parseRequest(ChangeTemplateRequestSchema, request.body() ?? {});
    const row = await ownTemplate(dependencies, request);
    const { category = row.category, status = row.status } = change;
    if ((category === 'AUTHENTICATION') !== (row.category === 'AUTHENTICATION') && !change.components) {
      throw new GraphError(100, 'components: are required when the category changes from or to AUTHENTICATION.');
    }
    const components = change.components
      ? checked({ ...row, category, components: change.components })
      : { category, components: row.components };
    const changed = { ...row, ...components, status, updatedAtMs: dependencies.clock.now() };
    if (!(await dependencies.templates.replace(changed))) throw templateMissing(request);
    return SUCCESS;
  };
}

/** DELETE /{account}/message_templates: all languages of a name, or the one that `hsm_id` names. */
function makeDeleteTemplates({ templates }: TemplateDependencies) {
  return async (request: GraphRequest): Promise<ApiResponse> => {
    const accountId = ownAccount(request);
    const { name, hsm_id } = parseRequest(DeleteTemplateQuerySchema, Object.fromEntries(request.query));
    const rows = (await templates.list(accountId)).filter(
      (row) => row.name === name && (hsm_id === undefined || row.templateId === hsm_id),
    );
    if (rows.length === 0) throw new GraphError(100, `name: there is no template ${name.slice(0, MOST_ECHOED)}.`);
    await Promise.all(rows.map(({ templateId }) => templates.remove(accountId, templateId)));
    return SUCCESS;
  };
}

/** Longest piece of the caller's own request that an error repeats, characters. */
const MOST_ECHOED = 100;

/** The list, the templates and what is done to them. */
export const templateRoutes = (dependencies: TemplateDependencies): readonly GraphRoute[] => [
  { on: 'account', edge: 'message_templates', method: 'GET', run: makeListTemplates(dependencies) },
  { on: 'account', edge: 'message_templates', method: 'POST', run: makeCreateTemplate(dependencies) },
  { on: 'account', edge: 'message_templates', method: 'DELETE', run: makeDeleteTemplates(dependencies) },
  { on: 'template', method: 'GET', run: makeGetTemplate(dependencies) },
  { on: 'template', method: 'POST', run: makeChangeTemplate(dependencies) },
];

type Checked = Pick<TemplateRow, 'category' | 'parameterFormat' | 'components'>;

/** @throws GraphError 100 that names the component */
function checked(asked: Checked & Pick<CreateTemplateRequest, 'language'>): Checked {
  const { category, parameterFormat } = asked;
  const components: TemplateComponent[] = [...withOwnTexts(asked)];
  checkTemplate({ components, parameterFormat });
  if (Buffer.byteLength(JSON.stringify(components)) > MOST_BYTES) {
    throw new GraphError(100, `components: must have at most ${MOST_BYTES} bytes as JSON.`);
  }
  return { category, parameterFormat, components };
}

async function ownTemplate({ templates }: TemplateDependencies, request: GraphRequest): Promise<TemplateRow> {
  const row = await templates.get(request.caller.accountId, TemplateIdSchema.parse(request.id));
  if (!row) throw templateMissing(request);
  return row;
}

const templateMissing = ({ id, method }: GraphRequest): GraphError =>
  objectMissing(`Object with ID '${id}'`, { status: 400, method });
