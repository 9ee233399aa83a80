/** What the receiver says to a person, in two languages. */
export interface Texts {
  readonly usage: string;
  readonly listening: (url: string, behaviour: string) => string;
  readonly subscribed: (id: string, events: string, file: string) => string;
  readonly resumed: (id: string) => string;
  readonly next: string;
  readonly commands: string;
  readonly behaving: (words: string) => string;
  readonly stopped: string;
  readonly unknown: (words: string) => string;
  readonly noPombo: (data: string) => string;
  readonly portTaken: (port: number, cause: string) => string;
  readonly refusedSubscription: (answer: string) => string;
  readonly noAnswer: string;
  readonly attempt: (n: number) => string;
  readonly duplicate: string;
  readonly handshake: string;
  readonly afterFailure: string;
  readonly afterRecovery: (attempts: number, eventId: string) => string;
  readonly wrongSignature: string;
  readonly figures: (counts: { arrived: number; events: number; duplicates: number; wrong: number }) => string;
}

const EN: Texts = {
  usage: `Usage: npm run receiver -- [options]
  A webhook receiver for the terminal. It subscribes itself to the Pombo that runs on this machine, shows what
  arrives, checks both signatures, and fails when it is told to.
  --port <n>        where to listen on 127.0.0.1 (default 4800, 0 for any free port)
  --data <folder>   data folder of the running Pombo (default .pombo)
  --events <list>   kinds of events, comma-separated: messages,statuses,sessions,message_echoes,calls,queue (default: the first three)
  --session <id>    only events of this session
  --fail <how>      begin with: 500, 30%, "500 x3" … (as the command "fail")
  --do <command>    begin with any command, such as "slow 20s"
  --secret <s>      check with this secret and do not subscribe (for a Pombo that runs elsewhere)
  --json            one line of JSON for each webhook, for scripts
  --lang <en|pt>    language (default: by LANG)
  --help`,
  listening: (url, behaviour) => `Listening on ${url} (${behaviour}).`,
  subscribed: (id, events, file) => `Subscribed as ${id} to ${events}. Its secret is in ${file}.`,
  resumed: (id) => `Subscribed as ${id}, as last time: what waited since then still comes.`,
  next: 'Next: send a message (the banner of npm start has the command) and watch it arrive. Then type "fail 500" here, send another, and "ok" to see it recover.',
  commands: `Commands, with Enter:
  ok                  answer 200
  fail [500] [30%] [x3]   answer an error: always, so often, or so many times
  410, 503 …          answer this status
  slow 20s            answer late (30%, x3 as above)
  retry-after 60      answer 429 and ask for a pause of 60 s
  reset               cut the connection
  drip                answer for ever, a byte a second
  redirect            answer 302
  abort, disable      answer 400 and ask Pombo to give this event, or this webhook, up
  stop, start         refuse connections; take them again
  status              figures so far
  quit`,
  behaving: (words) => `From now on: ${words}`,
  stopped: 'Nobody listens any more; "start" ends that.',
  unknown: (words) => `What is "${words}"? Type "help".`,
  noPombo: (data) => `No Pombo runs with the data folder ${data}. Start one in another terminal: npm start`,
  portTaken: (port, cause) => `Port ${port} can't be used (${cause}). Choose another: --port 0 for any free one.`,
  refusedSubscription: (answer) => `Pombo did not take the subscription: ${answer}`,
  noAnswer: 'no answer',
  attempt: (n) => `attempt ${n}`,
  duplicate: 'duplicate',
  handshake: 'verification handshake answered',
  afterFailure:
    'Pombo keeps this event and tries again: after 5 s, 30 s, 2 min, 10 min … for about a day. Type "ok" and it arrives by itself.',
  afterRecovery: (attempts, eventId) =>
    `Recovered: the same event, the same webhook-id, attempt ${attempts}. All its attempts: npm run pombo -- trace ${eventId}`,
  wrongSignature:
    'A signature is wrong. Is the secret of this webhook another one by now? Remove the file above and start again.',
  figures: ({ arrived, events, duplicates, wrong }) =>
    `${arrived} webhooks, ${events} events, ${duplicates} duplicates, ${wrong} wrong signatures`,
};

const PT: Texts = {
  usage: `Uso: npm run receiver -- [opções]
  Um receptor de webhooks para o terminal. Ele mesmo se inscreve no Pombo que roda nesta máquina, mostra o que
  chega, confere as duas assinaturas e falha quando você manda.
  --port <n>        porta em 127.0.0.1 (padrão 4800, 0 para qualquer porta livre)
  --data <pasta>    pasta de dados do Pombo em execução (padrão .pombo)
  --events <lista>  tipos de evento, separados por vírgula: messages,statuses,sessions,message_echoes,calls,queue (padrão: os três primeiros)
  --session <id>    só eventos desta sessão
  --fail <como>     começa com: 500, 30%, "500 x3" … (como o comando "fail")
  --do <comando>    começa com qualquer comando, por exemplo "slow 20s"
  --secret <s>      confere com este segredo e não se inscreve (para um Pombo que roda em outro lugar)
  --json            uma linha de JSON por webhook, para scripts
  --lang <en|pt>    idioma (padrão: pelo LANG)
  --help`,
  listening: (url, behaviour) => `Escutando em ${url} (${behaviour}).`,
  subscribed: (id, events, file) => `Inscrito como ${id} em ${events}. O segredo está em ${file}.`,
  resumed: (id) => `Inscrito como ${id}, como da última vez: o que esperou desde então ainda chega.`,
  next: 'Agora: envie uma mensagem (o comando está no banner do npm start) e veja-a chegar. Depois digite "fail 500" aqui, envie outra e digite "ok" para ver a recuperação.',
  commands: `Comandos, com Enter:
  ok                  responde 200
  fail [500] [30%] [x3]   responde um erro: sempre, nessa proporção ou tantas vezes
  410, 503 …          responde este status
  slow 20s            responde tarde (30%, x3 como acima)
  retry-after 60      responde 429 e pede uma pausa de 60 s
  reset               corta a conexão
  drip                responde sem fim, um byte por segundo
  redirect            responde 302
  abort, disable      responde 400 e pede que o Pombo desista deste evento, ou deste webhook
  stop, start         recusa conexões; volta a aceitar
  status              números até agora
  quit`,
  behaving: (words) => `De agora em diante: ${words}`,
  stopped: 'Ninguém escuta mais; "start" volta a escutar.',
  unknown: (words) => `O que é "${words}"? Digite "help".`,
  noPombo: (data) => `Nenhum Pombo roda com a pasta de dados ${data}. Inicie um em outro terminal: npm start`,
  portTaken: (port, cause) =>
    `A porta ${port} não pode ser usada (${cause}). Escolha outra: --port 0 para qualquer livre.`,
  refusedSubscription: (answer) => `O Pombo não aceitou a inscrição: ${answer}`,
  noAnswer: 'sem resposta',
  attempt: (n) => `tentativa ${n}`,
  duplicate: 'duplicado',
  handshake: 'verificação (handshake) respondida',
  afterFailure:
    'O Pombo guarda este evento e tenta de novo: depois de 5 s, 30 s, 2 min, 10 min … por cerca de um dia. Digite "ok" e ele chega sozinho.',
  afterRecovery: (attempts, eventId) =>
    `Recuperado: o mesmo evento, o mesmo webhook-id, tentativa ${attempts}. Todas as tentativas: npm run pombo -- trace ${eventId}`,
  wrongSignature: 'Uma assinatura está errada. O segredo deste webhook mudou? Apague o arquivo acima e comece de novo.',
  figures: ({ arrived, events, duplicates, wrong }) =>
    `${arrived} webhooks, ${events} eventos, ${duplicates} duplicados, ${wrong} assinaturas erradas`,
};

/** @param language as in `LANG`: `pt_BR.UTF-8`, `en`; anything but Portuguese is English */
export const textsOf = (language: string): Texts => (/^pt/i.test(language) ? PT : EN);
