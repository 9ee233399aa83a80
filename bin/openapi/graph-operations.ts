import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { AccountSchema, DebugTokenQuerySchema, DebugTokenSchema } from '#core/contracts/api/graph/accounts.ts';
import {
  BlockedUsersQuerySchema,
  BlockedUsersSchema,
  BlockUsersRequestSchema,
  BlockUsersSchema,
} from '#core/contracts/api/graph/block-users.ts';
import {
  BusinessProfileQuerySchema,
  BusinessProfileSchema,
  ChangeBusinessProfileRequestSchema,
} from '#core/contracts/api/graph/business-profile.ts';
import { CheckContactsRequestSchema, CheckedContactsSchema } from '#core/contracts/api/graph/contacts.ts';
import { ChangeGroupRequestSchema, GroupQuerySchema, GroupSchema } from '#core/contracts/api/graph/groups.ts';
import {
  FieldsQuery,
  PhoneNumberListSchema,
  PhoneNumberSchema,
  PhoneNumbersQuerySchema,
} from '#core/contracts/api/graph/phone-numbers.ts';
import {
  RegisterRequestSchema,
  RequestCodeRequestSchema,
  VerifyCodeRequestSchema,
} from '#core/contracts/api/graph/registration.ts';
import { ChangeSettingsRequestSchema, SettingsSchema } from '#core/contracts/api/graph/settings.ts';
import {
  ChangePhoneNumberRequestSchema,
  SubscribeAppRequestSchema,
  SubscribedAppSchema,
  SubscribedAppsSchema,
} from '#core/contracts/api/graph/subscribed-apps.ts';
import { SuccessSchema } from '#core/contracts/api/sessions.ts';
import {
  ChangeTemplateRequestSchema,
  CreatedTemplateSchema,
  CreateTemplateRequestSchema,
  DeleteTemplateQuerySchema,
  TemplateListSchema,
  TemplateSchema,
  TemplatesQuerySchema,
} from '#core/contracts/api/templates/template-requests.ts';
import { pathOf, phonePath, version } from './graph-path.ts';
import { GROUP_PATHS } from './group-operations.ts';
import { operation } from './operation.ts';

const account = pathOf('account_id', 'Account id, or me', '123456789012345678');
const object = pathOf('id', 'Session id (5 to 17 digits), account or group id (18), template id (19)', '100200300');
const fields = z.object(FieldsQuery);

type Body = Parameters<typeof operation>[0]['body'];
const post = (id: string, summary: string, path: z.ZodObject, body?: Body): ZodOpenApiOperationObject =>
  operation({
    id,
    tag: 'Numbers',
    summary,
    params: { path },
    ...(body ? { body, mayLackBody: true } : {}),
    answer: SuccessSchema,
  });

/** Graph has one path for objects of every kind; the length of the id says which. */
const OBJECTS: ZodOpenApiPathsObject = {
  '/{version}/{id}': {
    get: operation({
      id: 'getObject',
      tag: 'Numbers',
      summary: 'A number, an account, a group or a message template as Meta shows it',
      params: { path: object, query: fields.extend(GroupQuerySchema.shape) },
      answer: z.union([PhoneNumberSchema, AccountSchema, GroupSchema, TemplateSchema]),
      refusals: [400],
    }),
    post: operation({
      id: 'changeObject',
      tag: 'Numbers',
      summary:
        'Where the webhooks of a number go, after a handshake with the receiver; or a change of a group or a message template',
      params: { path: object, query: GroupQuerySchema },
      body: z.union([ChangePhoneNumberRequestSchema, ChangeGroupRequestSchema, ChangeTemplateRequestSchema]),
      answer: z.union([SubscribedAppSchema, SuccessSchema]),
    }),
    delete: operation({
      id: 'leaveGroup',
      tag: 'Groups',
      summary: 'Of a group: the number leaves it',
      params: { path: object, query: GroupQuerySchema },
      answer: SuccessSchema,
      refusals: [400, 403],
    }),
  },
};

const NUMBERS: ZodOpenApiPathsObject = {
  '/{version}/{phone_number_id}/register': {
    post: post('register', 'Start the session', phonePath, RegisterRequestSchema),
  },
  '/{version}/{phone_number_id}/deregister': {
    post: post('deregister', 'Log the session out: the number is unlinked', phonePath),
  },
  '/{version}/{phone_number_id}/request_code': {
    post: post('requestCode', 'Start the session, as register does', phonePath, RequestCodeRequestSchema),
  },
  '/{version}/{phone_number_id}/verify_code': {
    post: post('verifyCode', 'Start the session, as register does', phonePath, VerifyCodeRequestSchema),
  },
};

const QUESTIONS: ZodOpenApiPathsObject = {
  '/{version}/{phone_number_id}/contacts': {
    post: operation({
      id: 'checkContacts',
      tag: 'Numbers',
      summary: 'Who is on WhatsApp, and under which number; waits up to 10 s for the answer',
      params: { path: phonePath },
      body: CheckContactsRequestSchema,
      answer: CheckedContactsSchema,
      refusals: [403],
    }),
  },
  '/{version}/{phone_number_id}/block_users': {
    get: operation({
      id: 'listBlockedUsers',
      tag: 'Numbers',
      summary: 'Whom the number has blocked',
      params: { path: phonePath, query: BlockedUsersQuerySchema },
      answer: BlockedUsersSchema,
      refusals: [400, 403],
    }),
    post: operation({
      id: 'blockUsers',
      tag: 'Numbers',
      summary: 'Block people',
      params: { path: phonePath },
      body: BlockUsersRequestSchema,
      answer: BlockUsersSchema,
      refusals: [403],
    }),
    delete: operation({
      id: 'unblockUsers',
      tag: 'Numbers',
      summary: 'Let people write again',
      params: { path: phonePath },
      body: BlockUsersRequestSchema,
      answer: BlockUsersSchema,
      refusals: [403],
    }),
  },
  '/{version}/{phone_number_id}/settings': {
    get: operation({
      id: 'getSettings',
      tag: 'Numbers',
      summary: 'Meta’s switches, of which a linked device has none',
      params: { path: phonePath },
      answer: SettingsSchema,
      refusals: [400],
    }),
    post: post('changeSettings', 'Takes what is so already', phonePath, ChangeSettingsRequestSchema),
  },
  '/{version}/{phone_number_id}/whatsapp_business_profile': {
    get: operation({
      id: 'getBusinessProfile',
      tag: 'Numbers',
      summary: 'What others see of the number',
      params: { path: phonePath, query: BusinessProfileQuerySchema },
      answer: BusinessProfileSchema,
      refusals: [400, 403],
    }),
    post: operation({
      id: 'changeBusinessProfile',
      tag: 'Numbers',
      summary: 'Change that; what is left out stays',
      params: { path: phonePath },
      body: ChangeBusinessProfileRequestSchema,
      answer: SuccessSchema,
      refusals: [403],
    }),
  },
};

const ACCOUNTS: ZodOpenApiPathsObject = {
  '/{version}/{account_id}/phone_numbers': {
    get: operation({
      id: 'listPhoneNumbers',
      tag: 'Account',
      summary: 'The numbers of the account',
      params: { path: account, query: PhoneNumbersQuerySchema },
      answer: PhoneNumberListSchema,
      refusals: [400],
    }),
  },
  '/{version}/{account_id}/subscribed_apps': {
    get: operation({
      id: 'listSubscribedApps',
      tag: 'Account',
      summary: 'The webhooks of the account',
      params: { path: account },
      answer: SubscribedAppsSchema,
      refusals: [400],
    }),
    post: operation({
      id: 'subscribeApp',
      tag: 'Account',
      summary: 'Where the webhooks of the account go; the handshake with the receiver comes first',
      params: { path: account },
      body: SubscribeAppRequestSchema,
      mayLackBody: true,
      answer: SubscribedAppSchema,
    }),
    delete: operation({
      id: 'unsubscribeApp',
      tag: 'Account',
      summary: 'Take away the webhook that POST has made',
      params: { path: account },
      answer: SuccessSchema,
      refusals: [400],
    }),
  },
  '/{version}/debug_token': {
    get: operation({
      id: 'debugToken',
      tag: 'Account',
      summary: 'Whether a key works',
      params: { path: z.object({ version }), query: DebugTokenQuerySchema },
      answer: DebugTokenSchema,
      refusals: [400],
    }),
  },
};

const TEMPLATES: ZodOpenApiPathsObject = {
  '/{version}/{account_id}/message_templates': {
    get: operation({
      id: 'listTemplates',
      tag: 'Templates',
      summary: 'The message templates of the account',
      params: { path: account, query: TemplatesQuerySchema },
      answer: TemplateListSchema,
      refusals: [400],
    }),
    post: operation({
      id: 'createTemplate',
      tag: 'Templates',
      summary: 'Create a message template; it is approved at once',
      params: { path: account },
      body: CreateTemplateRequestSchema,
      answer: CreatedTemplateSchema,
    }),
    delete: operation({
      id: 'deleteTemplates',
      tag: 'Templates',
      summary: 'Delete a template in all languages, or in one',
      params: { path: account, query: DeleteTemplateQuerySchema },
      answer: SuccessSchema,
      refusals: [400],
    }),
  },
};

/** What Meta's API has around messages and media. */
export const GRAPH_PATHS: ZodOpenApiPathsObject = {
  ...OBJECTS,
  ...NUMBERS,
  ...QUESTIONS,
  ...GROUP_PATHS,
  ...ACCOUNTS,
  ...TEMPLATES,
};
