import { styleText } from 'node:util';

export interface BannerFacts {
  readonly api: string;
  readonly apiKey: string;
  /** Control API of the sandbox; null with another WhatsApp server. */
  readonly sandbox: string | null;
  /** As the user wrote it. */
  readonly data: string;
  /** Whether the data folder is not the one that the other commands look into. */
  readonly ownDataFolder: boolean;
  /** Which WhatsApp, in words. */
  readonly whatsapp: string;
  readonly readyAfterMs: number;
  readonly color: boolean;
}

/** Session id and recipient of the commands to paste. */
export const FIRST_SESSION_ID = '100200300';
const RECIPIENT = '5511987654321';

/** What a person reads when Pombo is ready: where it is, and commands that work when pasted. */
export function banner(facts: BannerFacts): string {
  const { api, apiKey, sandbox, data } = facts;
  const bold = (text: string): string => (facts.color ? styleText('bold', text, { validateStream: false }) : text);
  const dim = (text: string): string => (facts.color ? styleText('dim', text, { validateStream: false }) : text);
  const folder = facts.ownDataFolder ? ` --data ${data}` : '';
  const curl = (route: string, body: object): string =>
    [
      `  curl -s ${api}${route} \\`,
      `    -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' \\`,
      `    -d '${JSON.stringify(body)}'`,
    ].join('\n');
  const text = { messaging_product: 'whatsapp', to: RECIPIENT, type: 'text', text: { body: 'Olá! 🐦' } };
  const link =
    sandbox === null
      ? [bold('1. and 2. Link your phone'), '  a session is made for you, and its QR code shown below']
      : [
          bold('1. Make a session'),
          curl('/sessions', { id: FIRST_SESSION_ID, name: 'Loja' }),
          bold('2. Link it'),
          `  npm run phone -- scan ${FIRST_SESSION_ID}${folder}`,
        ];
  return [
    '',
    `${bold('Pombo is ready')} ${dim(`(${(facts.readyAfterMs / 1000).toFixed(1)} s)`)}`,
    `  API       ${bold(api)}   docs: ${api}/docs`,
    `  API key   ${bold(apiKey)}`,
    `  WhatsApp  ${facts.whatsapp}`,
    `  Data      ${data}`,
    `  ${dim('Webhooks may reach 127.0.0.1 here (privateTargets); in AWS they may not unless you allow it.')}`,
    '',
    ...link,
    bold('3. Watch webhooks arrive, in another terminal'),
    `  npm run receiver${facts.ownDataFolder ? ` -- --data ${data}` : ''}`,
    bold('4. Send a text'),
    curl(`/v23.0/${FIRST_SESSION_ID}/messages`, text),
    ...(sandbox === null
      ? []
      : [bold('5. Look at the phone that got it'), `  npm run phone -- chat ${RECIPIENT}${folder}`]),
    '',
    dim('Ctrl-C stops everything. LOG_LEVEL=debug shows each hop of a message.'),
    '',
  ].join('\n');
}
