/** A method that an unmodified client has and that does not work against Pombo. */
export interface FailingMethod {
  readonly client: string;
  /** As `ClientUnderTest.offered` names them. */
  readonly methods: readonly string[];
  readonly reason: string;
  /** What the client's error says: it fails for this reason and no other. */
  readonly says: RegExp;
}

const NO_CATALOGUE = 'A linked device can’t send messages of a catalogue; Meta keeps them to its own API.';
const NO_FLOW = 'Flows run on Meta’s servers, for numbers of its own API only.';
const UNSUPPORTED = /131051/;

/** All methods that fail. One that is not here fails the test, and so does one of these that works. */
export const FAILING_METHODS: readonly FailingMethod[] = [
  {
    client: '@kapso/whatsapp-cloud-api',
    methods: ['messages.query', 'messages.get', 'messages.listByConversation'],
    reason: 'They ask a store of Kapso’s own and refuse any other base URL, Meta’s too.',
    says: /Kapso/,
  },
  {
    client: '@kapso/whatsapp-cloud-api',
    methods: ['templates.get'],
    reason: 'It asks GET /{account}/message_templates/{id}, which Meta has not either: there it is GET /{id}.',
    says: /Some of the aliases you requested do not exist/,
  },
  {
    client: '@kapso/whatsapp-cloud-api',
    methods: [
      'messages.sendInteractiveProduct',
      'messages.sendInteractiveProductList',
      'messages.sendInteractiveCatalogMessage',
    ],
    reason: NO_CATALOGUE,
    says: UNSUPPORTED,
  },
  {
    client: '@kapso/whatsapp-cloud-api',
    methods: ['messages.sendInteractiveFlow'],
    reason: NO_FLOW,
    says: UNSUPPORTED,
  },
  {
    client: '@kapso/whatsapp-cloud-api',
    methods: ['messages.sendInteractiveAddress'],
    reason: 'Meta takes addresses in India only, from its own API only.',
    says: UNSUPPORTED,
  },
  {
    client: '@kapso/whatsapp-cloud-api',
    methods: ['messages.sendInteractiveCallPermission', 'messages.sendInteractiveCarousel'],
    reason: 'WhatsApp shows them only when Meta’s own API has sent them.',
    says: UNSUPPORTED,
  },
  {
    client: 'whatsapp-api-js',
    methods: [
      'sendMessage Interactive ActionCatalog',
      'sendMessage Interactive ActionProduct',
      'sendMessage Interactive ActionProductList',
    ],
    reason: NO_CATALOGUE,
    says: UNSUPPORTED,
  },
  {
    client: 'whatsapp-api-js',
    methods: [
      'sendMessage Interactive ActionFlow',
      'sendMessage Interactive ActionNavigateFlow',
      'sendMessage Interactive ActionDataExchangeFlow',
    ],
    reason: NO_FLOW,
    says: UNSUPPORTED,
  },
  {
    client: 'whatsapp-api-js',
    methods: ['sendMessage Interactive ActionCallPermission', 'sendMessage Interactive ActionContactRequest'],
    reason: 'WhatsApp shows them only when Meta’s own API has sent them.',
    says: UNSUPPORTED,
  },
  {
    client: '@great-detail/whatsapp',
    methods: ['template.listLibrary'],
    reason: 'Meta’s library of ready-made templates is Meta’s.',
    says: /There is no object called message_template_library/,
  },
];
