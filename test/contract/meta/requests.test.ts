import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../functions/support/call-api.ts';
import { at } from '../../support/pombo.ts';
import { arbitraryOf } from './arbitrary.ts';
import { type FileKind, type RequestBed, startRequestBed } from './request-bed.ts';
import { EXAMPLES, relaxedSchemas, requestValidator } from './requests.ts';

const violationsOf = requestValidator();

/** Meta's own examples that Pombo refuses, with the code and what the refusal begins with. All others are accepted. */
const REFUSED: Readonly<Record<string, readonly [code: number, details: string]>> = {
  'Send Catalog Message': [131051, 'interactive.type: catalog_message'],
  'Send Multi-Product Message': [131051, 'interactive.type: product_list'],
  'Send Single Product Message': [131051, 'interactive.type: product '],
  'Send Order Details Message': [131051, 'interactive.type: order_details'],
  'Send Order Status Message': [131051, 'interactive.type: order_status'],
  'Send Draft Flow by ID': [131051, 'interactive.type: flow'],
  'Send Draft Flow by Name': [131051, 'interactive.type: flow'],
  'Send Published Flow by ID': [131051, 'interactive.type: flow'],
  'Send Published Flow by Name': [131051, 'interactive.type: flow'],
  'Send Catalog Template Message': [131009, 'template.components.1.sub_type: must be one of'],
  'Send Flow Template Message': [131009, 'template.components.0.sub_type: must be one of'],
  // Its labels are true and false.
  'Send Sample Issue Resolution Template': [131009, 'template.components.1.parameters.0.text: must be a string'],
  // A list without its type is a text without its text.
  'Send Reply to List Message': [131008, 'text: is required'],
};
/** What a request of Meta's shape may be refused with, by where Meta has it in its list of errors. */
const REFUSALS: readonly number[] = [100, 131008, 131009, 131021, 131051, 131052, 131053, 132000, 132001, 132012];
/** The path of a member, and a sentence. */
const NAMES_A_FIELD = /^[a-z_]+(\.\w+)*: ./;
const RUNS = 100;

let bed: RequestBed;
const send = (body: unknown): Promise<ApiAnswer> => bed.api.call(`POST /v23.0/${bed.session}/messages`, { body });

beforeAll(async () => {
  bed = await startRequestBed();
}, 60_000);
afterAll(() => bed.stop());

/** An example with real things where its placeholders stand. */
function filled(name: string, example: unknown): unknown {
  const kind = /Audio|Document|Image|Sticker|Video/.exec(name)?.[0]?.toLowerCase() as FileKind | undefined;
  const template = /Template (Media|Interactive)$/.exec(name)?.[1]?.toLowerCase() ?? 'name';
  return JSON.parse(JSON.stringify(example), (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'message_id') return 'status' in (example as object) ? bed.received : bed.wamid;
    if (key === 'to') return value.startsWith('{{') ? '+1 650-555-1234' : value;
    if (key === 'id' && value.includes('OBJECT_ID') && kind) return bed.files[kind];
    if (key === 'link') return 'https://files.example/file';
    if (value === 'template-name') return `template_${template}`;
    if (value === 'language-and-locale-code') return 'en_US';
    return value;
  });
}

function expectAccepted({ status, json }: ApiAnswer, what?: unknown): void {
  expect({ status, json, what }).toMatchObject({ status: 200 });
  if (at(json, 'success') === true) return;
  expect(json).toMatchObject({
    messaging_product: 'whatsapp',
    contacts: [{ input: expect.any(String) as string, wa_id: expect.stringMatching(/^[\d-]+$/) as string }],
    messages: [{ id: expect.stringMatching(/^wamid\./) as string, message_status: 'accepted' }],
  });
}

/** A refusal of the right kind, that names what is wrong. */
function expectRefused(answer: ApiAnswer): void {
  const { code, error_data } = answer.error();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(REFUSALS).toContain(code);
  expect(error_data.details).toMatch(NAMES_A_FIELD);
}

describe('Meta’s own example of a request:', () => {
  it.each(Object.entries(EXAMPLES))('%s is as Meta describes it, relaxed', (_, example) => {
    expect(violationsOf(example)).toEqual([]);
  });

  it('is there more than forty times', () => {
    expect(Object.keys(EXAMPLES).length).toBeGreaterThan(43);
    expect(Object.keys(EXAMPLES)).toEqual(expect.arrayContaining(Object.keys(REFUSED)));
  });

  it.each(Object.entries(EXAMPLES))('%s is accepted, or refused with the right code', async (name, example) => {
    const answer = await send(filled(name, example));
    const refusal = REFUSED[name];
    if (!refusal) return expectAccepted(answer);
    const [code, details] = refusal;
    expect(answer.error()).toMatchObject({ code, error_data: { details: expect.stringContaining(details) as string } });
    expectRefused(answer);
  });
});

describe('any request', () => {
  /** Mostly messages with a type; read receipts, and texts without one. */
  const anyRequest = (): fc.Arbitrary<unknown> => {
    const schemas = relaxedSchemas();
    const hints = {
      messaging_product: fc.constant('whatsapp'),
      recipient_type: fc.constant('individual'),
      to: fc.constantFrom('+1 650-555-1234', '5511987654321', '+55 (11) 98765-4321'),
      message_id: fc.constantFrom(bed.wamid, bed.received, 'wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI5QTNDQTVCM0Q0Q0Q2'),
      link: fc.constant('https://files.example/file'),
      name: fc.constantFrom('hello_world', 'template_name'),
      emoji: fc.constantFrom('👍', ''),
      latitude: fc.constantFrom(-23.5, '-23.5', 91),
      longitude: fc.constantFrom(-46.6, '-46.6'),
      birthday: fc.constantFrom('1999-01-23', '23/01/1999'),
    };
    return fc
      .oneof(
        ...(['TypedMessage', 'ReadReceipt', 'BaseMessageProperties'] as const).map((root) => ({
          weight: root === 'TypedMessage' ? 12 : 1,
          arbitrary: arbitraryOf(root, schemas, hints),
        })),
      )
      .map(withOwnFile)
      .filter((request) => violationsOf(request).length === 0);
  };

  it('of Meta’s shape is accepted, or refused with the right code and the field', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(anyRequest(), async (request) => {
        const answer = await send(request);
        if (answer.status !== 200) return expectRefused(answer);
        accepted += 1;
        expectAccepted(answer, request);
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS / 10);
  }, 60_000);

  it('with a member of another kind is accepted or refused with its field, and breaks nothing', async () => {
    const wrong = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.constant({}),
      fc.constant([]),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(anyRequest(), fc.nat(), wrong, async (request, at, value) => {
        const answer = await send(withOther(request, at, value));
        if (answer.status === 200) expectAccepted(answer);
        else expectRefused(answer);
      }),
      { numRuns: RUNS },
    );
  }, 60_000);
});

/** The request with a file of the number's own, mostly, where it has the id of one. */
function withOwnFile(request: unknown): unknown {
  const kind = String(at(request, 'type'));
  const file = at(request, kind);
  const own = bed.files[kind as FileKind] as string | undefined;
  if (own === undefined || at(file, 'id') === undefined || String(at(file, 'id')).length % 9 === 0) return request;
  return { ...(request as object), [kind]: { ...(file as object), id: own } };
}

/** The request with one of its members replaced; the body itself stays an object. */
function withOther(request: unknown, position: number, value: unknown): unknown {
  let members = 0;
  JSON.stringify(request, (_, each: unknown) => {
    members += 1;
    return each;
  });
  const wanted = 1 + (position % Math.max(1, members - 1));
  let index = 0;
  return JSON.parse(
    JSON.stringify(request, (_, each: unknown) => {
      const isWanted = index === wanted;
      index += 1;
      return isWanted ? value : each;
    }),
  );
}
