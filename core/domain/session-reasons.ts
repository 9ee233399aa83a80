/**
 * Why a session is where it is, one sentence each that the owner of a number understands. Rows, events and the API carry
 * the code; the sentence is made where it is shown. A code, once given out, keeps its meaning.
 */
export const SESSION_REASONS = {
  connection_lost: {
    en: 'The connection to WhatsApp was lost; it is being set up again.',
    'pt-BR': 'A conexão com o WhatsApp caiu e está sendo restabelecida.',
  },
  connection_deaf: {
    en: 'Nothing came over the connection any more; it is being set up again.',
    'pt-BR': 'A conexão parou de responder e está sendo restabelecida.',
  },
  restart_requested: {
    en: 'WhatsApp asked for a new connection.',
    'pt-BR': 'O WhatsApp pediu uma nova conexão.',
  },
  whatsapp_busy: {
    en: 'WhatsApp is busy; the connection is being set up again.',
    'pt-BR': 'O WhatsApp está sobrecarregado; a conexão está sendo restabelecida.',
  },
  whatsapp_error: {
    en: 'WhatsApp ended the connection with an error; it is being set up again.',
    'pt-BR': 'O WhatsApp encerrou a conexão com um erro; ela está sendo restabelecida.',
  },
  pairing_expired: {
    en: 'Nobody scanned the QR code or typed the pairing code in time. Start the session again for a new one.',
    'pt-BR': 'Ninguém leu o QR code nem digitou o código a tempo. Inicie a sessão de novo para receber outro.',
  },
  device_unlinked: {
    en: 'The phone or WhatsApp unlinked this device. Pair the number again.',
    'pt-BR': 'O celular ou o WhatsApp desconectou este aparelho. Conecte o número de novo.',
  },
  relink_required: {
    en: 'WhatsApp wants this device to be linked anew. Pair the number again.',
    'pt-BR': 'O WhatsApp pede que este aparelho seja conectado de novo. Conecte o número outra vez.',
  },
  banned_for_a_time: {
    en: 'WhatsApp has banned this number for a time. Open WhatsApp on the phone to see how long.',
    'pt-BR': 'O WhatsApp bloqueou este número por um tempo. Abra o WhatsApp no celular para ver até quando.',
  },
  banned_until: {
    en: 'WhatsApp has banned this number until {until}. Start the session again after that.',
    'pt-BR': 'O WhatsApp bloqueou este número até {until}. Inicie a sessão de novo depois disso.',
  },
  number_refused: {
    en: 'WhatsApp refuses this number: it is locked or banned. Open WhatsApp on the phone.',
    'pt-BR': 'O WhatsApp recusa este número: está bloqueado ou banido. Abra o WhatsApp no celular.',
  },
  number_banned: {
    en: 'WhatsApp has banned this number.',
    'pt-BR': 'O WhatsApp baniu este número.',
  },
  link_taken: {
    en: 'Another program uses the link of this number. Stop it there, then start the session again.',
    'pt-BR': 'Outro programa usa a conexão deste número. Pare-o lá e depois inicie a sessão de novo.',
  },
  client_outdated: {
    en: 'WhatsApp wants a newer version of Pombo. The operator has to update it.',
    'pt-BR': 'O WhatsApp exige uma versão mais nova do Pombo. O operador precisa atualizá-lo.',
  },
  client_refused: {
    en: 'WhatsApp refuses how this connection presents itself. The operator has to look.',
    'pt-BR': 'O WhatsApp recusa a forma como esta conexão se apresenta. O operador precisa verificar.',
  },
  protocol_unknown: {
    en: 'WhatsApp answered in an unknown way; the operator should check for a proxy.',
    'pt-BR': 'O WhatsApp respondeu de um jeito desconhecido; o operador deve verificar se há um proxy no caminho.',
  },
  address_refused: {
    en: 'WhatsApp, or a proxy before it, refuses connections from this address. The operator has to look.',
    'pt-BR': 'O WhatsApp, ou um proxy no caminho, recusa conexões deste endereço. O operador precisa verificar.',
  },
  proxy_refused: {
    en: 'The proxy of this session refuses its credentials. The operator has to look.',
    'pt-BR': 'O proxy desta sessão recusa as credenciais. O operador precisa verificar.',
  },
  proxy_unreachable: {
    en: 'WhatsApp can not be reached through the proxy of this session; it is being tried again.',
    'pt-BR': 'Não foi possível chegar ao WhatsApp pelo proxy desta sessão; uma nova tentativa está em curso.',
  },
  proxy_missing: {
    en: 'The proxy of this session is not part of the deployment any more. Choose another one, then start the session.',
    'pt-BR': 'O proxy desta sessão não existe mais nesta instalação. Escolha outro e depois inicie a sessão.',
  },
  attempts_exhausted: {
    en: 'WhatsApp could not be reached after many attempts in a row. Start the session to try again.',
    'pt-BR':
      'Não foi possível conectar ao WhatsApp após muitas tentativas seguidas. Inicie a sessão para tentar de novo.',
  },
  quarantined: {
    en: 'The session was set aside because its work stopped the connector three times within an hour. The operator has to look; a start tries it again.',
    'pt-BR':
      'A sessão foi isolada porque derrubou o conector três vezes em uma hora. O operador precisa verificar; iniciar a sessão tenta de novo.',
  },
  stopped_by_owner: {
    en: 'The session was stopped by its owner.',
    'pt-BR': 'A sessão foi parada pelo dono.',
  },
  logged_out_by_owner: {
    en: 'The session was logged out by its owner.',
    'pt-BR': 'A sessão foi desconectada pelo dono.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

/** Languages in which reasons are told; the first is the default. */
export const LANGUAGES = ['en', 'pt-BR'] as const;
export type Language = (typeof LANGUAGES)[number];

export type SessionReasonCode = keyof typeof SESSION_REASONS;

/** As rows and events hold it: a newer release may have written a code that this one does not know. */
export interface ToldReason {
  readonly reasonCode?: string | undefined;
  /** The sentence in English, as its writer knew it. */
  readonly reason?: string | undefined;
  /** When the reason ends by itself, milliseconds since the epoch. */
  readonly reasonUntilMs?: number | undefined;
}

const isReasonCode = (code: string): code is SessionReasonCode => Object.hasOwn(SESSION_REASONS, code);

/** The sentence of a reason. @param untilMs milliseconds since the epoch, for reasons that end by themselves */
export function reasonText(code: SessionReasonCode, language: Language = 'en', untilMs?: number): string {
  const until = untilMs === undefined ? '' : new Date(untilMs).toISOString();
  return SESSION_REASONS[code][language].replace('{until}', until);
}

/** The sentence of a reason that was written down; in English where nothing better is known. */
export function toldReasonText(told: ToldReason, language: Language): string | undefined {
  const { reasonCode, reason, reasonUntilMs } = told;
  if (reasonCode === undefined || !isReasonCode(reasonCode)) return reason;
  return reasonText(reasonCode, language, reasonUntilMs);
}
