import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs, styleText } from 'node:util';
import { systemClock } from '#core/domain/clock.ts';
import { writeError, writeLine } from '../terminal/line.ts';
import { linesOf, makeArrivalLog } from './arrival-log.ts';
import { parseBehaviour, WELL, wordsOf } from './behaviour.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Subscribed, subscribe } from './subscription.ts';
import { type Texts, textsOf } from './texts.ts';

/**
 * `npm run receiver`: a webhook receiver for the terminal. It subscribes itself to the Pombo that runs on this machine,
 * shows what arrives, says whether both signatures are right, and fails on command.
 */
const OPTIONS = {
  port: { type: 'string', default: '4800' },
  data: { type: 'string', default: '.pombo' },
  events: { type: 'string', default: 'messages,statuses,sessions' },
  session: { type: 'string' },
  fail: { type: 'string' },
  do: { type: 'string', multiple: true, default: [] as string[] },
  secret: { type: 'string' },
  json: { type: 'boolean', default: false },
  lang: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

interface Terminal {
  readonly texts: Texts;
  /** Lines of JSON on stdout; what people read goes to stderr then. */
  readonly json: boolean;
  readonly say: (line: string) => void;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { ...OPTIONS, do: { type: 'string', multiple: true } } });
  const { env } = process;
  const texts = textsOf(values.lang ?? env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? '');
  if (values.help) return writeLine(texts.usage);
  const terminal: Terminal = { texts, json: values.json, say: values.json ? writeError : writeLine };
  const port = Number(values.port);
  const receiver = await startReceiver({ port, now: () => systemClock.now(), random: Math.random }).catch(
    (cause: unknown) => {
      throw new Error(texts.portTaken(port, String(cause)), { cause });
    },
  );
  for (const words of [...(values.fail === undefined ? [] : [`fail ${values.fail}`]), ...(values.do ?? [])])
    behave(receiver, words, terminal);
  const events = values.events.split(',').map((word) => word.trim());
  const subscription = values.secret
    ? undefined
    : await subscribe({ data: values.data, port, url: receiver.url, events, session: values.session }, texts);
  const figures = report(receiver, () => values.secret ?? subscription?.secret ?? '', terminal);
  if (subscription) {
    const { id, file, resumed } = subscription;
    terminal.say(resumed ? texts.resumed(id) : texts.subscribed(id, events.join(', '), file));
  }
  terminal.say(styleText('bold', texts.listening(receiver.url, wordsOf(receiver.behaviour()))));
  terminal.say(styleText('dim', texts.next));
  obey(receiver, { terminal, figures, end: () => end(receiver, port === 0 ? subscription : undefined) });
}

/** Shows each arrival, and once each what a first failure and a first recovery mean. @returns the figures in words */
function report(receiver: Receiver, secret: () => string, { texts, json, say }: Terminal): () => string {
  const log = makeArrivalLog(secret);
  const told = new Set<string>();
  const once = (hint: string, text: string): void => {
    if (told.has(hint)) return;
    told.add(hint);
    say(styleText('dim', `  ${text}`));
  };
  receiver.onArrival((arrival) => {
    const judged = log.judge(arrival);
    if (json) return writeLine(JSON.stringify(judged));
    for (const line of linesOf(judged, texts)) say(line);
    if (!judged.signatures.meta || !judged.signatures.standardWebhooks) once('wrong', texts.wrongSignature);
    if (judged.answered < 200 || judged.answered > 299) once('failed', texts.afterFailure);
    if (judged.recovered) once('recovered', texts.afterRecovery(judged.attempt, judged.eventId));
  });
  receiver.onHandshake(() => say(styleText('dim', texts.handshake)));
  return () => texts.figures(log.counts);
}

interface Control {
  readonly terminal: Terminal;
  readonly figures: () => string;
  readonly end: () => Promise<void>;
}

/** Takes commands from the terminal until it closes; the receiver goes on without them. */
function obey(receiver: Receiver, { terminal, figures, end }: Control): void {
  const { texts, say } = terminal;
  const commands: Readonly<Record<string, () => unknown>> = {
    help: () => say(texts.commands),
    status: () => say(`${wordsOf(receiver.behaviour())}; ${figures()}`),
    stop: () => receiver.stopListening().then(() => say(texts.stopped)),
    start: () => receiver.listenAgain().then(() => say(texts.listening(receiver.url, wordsOf(receiver.behaviour())))),
    quit: end,
  };
  createInterface({ input: process.stdin }).on('line', (line) => {
    const words = line.trim();
    if (words === '') return;
    const command = Object.hasOwn(commands, words) ? commands[words] : undefined;
    if (command) command();
    else behave(receiver, words, terminal);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end());
}

function behave(receiver: Receiver, words: string, { texts, say }: Terminal): void {
  const behaviour = parseBehaviour(words);
  if (!behaviour) return say(texts.unknown(words));
  receiver.behave(behaviour);
  if (behaviour !== WELL || receiver.arrivals.length > 0) say(texts.behaving(wordsOf(behaviour)));
}

/** A receiver on any free port never has that address again: its subscription goes with it. */
async function end(receiver: Receiver, subscription: Subscribed | undefined): Promise<void> {
  await subscription?.end();
  await receiver.close();
  process.exit(0);
}

main().catch((error: unknown) => {
  writeError(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
