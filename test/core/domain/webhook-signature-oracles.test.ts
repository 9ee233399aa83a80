import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { verify as verifyHub } from '@octokit/webhooks-methods';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventIdSchema } from '#core/domain/ids.ts';
import { newWebhookSecret, type WebhookSecret } from '#core/domain/webhook-secret.ts';
import { asciiJson, signatureHeaders } from '#core/domain/webhook-signature.ts';

/** Webhooks.md section 6, bar 20. */
const BODIES = 10_000;
const LONG = 200 * 1024;
/** A fixed seed: each run checks the same bodies. */
const SEED = 20;

interface Signed {
  readonly secret: WebhookSecret;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A secret of its own for every hundred bodies. */
const secretOf = (n: number): WebhookSecret =>
  newWebhookSecret(() =>
    createHash('sha256')
      .update(`secret ${Math.floor(n / 100)}`)
      .digest(),
  );

function signedBodies(): readonly Signed[] {
  const nowMs = Date.now();
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '🐦',
      '👩🏽‍🚀 astronauta',
      '\u2028\u2029',
      '"aspas" \\ / \b\f',
      '\ud83d',
      'ção',
      '\u0000\u007f',
      '',
    ),
  );
  const texts = fc.sample(fc.record({ text, name: text }), { numRuns: BODIES - 4, seed: SEED });
  const long = ['a', 'é', '🐦', '\u2028'].map((unit) => ({ text: unit.repeat(LONG / unit.length), name: '' }));
  return [...texts, ...long].map(({ text: body, name }, n) => {
    const secret = secretOf(n);
    const eventId = EventIdSchema.parse(createHash('sha256').update(String(n)).digest('hex').slice(0, 32));
    const json = asciiJson({
      entry: [{ changes: [{ value: { contacts: [{ profile: { name } }], text: { body } } }] }],
    });
    return { secret, body: json, headers: signatureHeaders({ secret, eventId, body: json, nowMs }) };
  });
}

/** What a receiver in Python does with its standard library alone: both signatures, from the bytes. */
const PYTHON = `
import base64, hashlib, hmac, json, sys
right = 0
for line in sys.stdin:
    w = json.loads(line)
    body = base64.b64decode(w["body"])
    h = w["headers"]
    hub = "sha256=" + hmac.new(w["secret"].encode(), body, hashlib.sha256).hexdigest()
    key = base64.b64decode(w["secret"][len("whsec_"):])
    signed = (h["webhook-id"] + "." + h["webhook-timestamp"] + ".").encode() + body
    std = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    json.loads(body)
    if hmac.compare_digest(hub, h["X-Hub-Signature-256"]) and hmac.compare_digest(std, h["webhook-signature"]):
        right += 1
print(right)
`;
/** What a receiver in Perl does with its core modules. */
const PERL = `
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex); use MIME::Base64; use JSON::PP;
my $right = 0;
while (my $line = <STDIN>) {
  my $w = decode_json($line);
  my ($body, $secret, $h) = (decode_base64($w->{body}), $w->{secret}, $w->{headers});
  my $hub = "sha256=" . hmac_sha256_hex($body, $secret);
  my $key = decode_base64(substr($secret, length("whsec_")));
  my $std = "v1," . encode_base64(hmac_sha256($h->{"webhook-id"} . "." . $h->{"webhook-timestamp"} . "." . $body, $key), "");
  $right++ if $hub eq $h->{"X-Hub-Signature-256"} && $std eq $h->{"webhook-signature"};
}
print $right;
`;
const hasPerl = spawnSync('perl', ['-MDigest::SHA', '-MMIME::Base64', '-MJSON::PP', '-e', '1']).status === 0;
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe(`both signatures of ${BODIES} bodies`, () => {
  let signed: readonly Signed[];
  beforeAll(() => {
    signed = signedBodies();
  });

  it('pass the library of Standard Webhooks', () => {
    for (const { secret, body, headers } of signed) new Webhook(secret).verify(body, { ...headers });
  });

  it('pass a library for X-Hub-Signature-256, keyed with the secret as shown', async () => {
    const verdicts = await Promise.all(
      signed.map(({ secret, body, headers }) => verifyHub(secret, body, headers['X-Hub-Signature-256'] ?? '')),
    );
    expect(verdicts.filter((right) => !right)).toEqual([]);
  });

  /** @returns how many of the bodies another program finds right */
  const countOf = (command: string, args: readonly string[]): readonly string[] => {
    const input = signed.map(({ secret, body, headers }) =>
      JSON.stringify({ secret, body: Buffer.from(body).toString('base64'), headers }),
    );
    const { stdout, stderr } = spawnSync(command, args, {
      input: `${input.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 1024,
    });
    return [stdout.trim(), stderr];
  };

  it.skipIf(!hasPython)('pass Python’s hmac (skipped where there is no python3)', () => {
    expect(countOf('python3', ['-c', PYTHON])).toEqual([String(BODIES), '']);
  });

  it.skipIf(!hasPerl)('pass Perl’s Digest::SHA (skipped where there is no perl)', { timeout: 120_000 }, () => {
    expect(countOf('perl', ['-e', PERL])).toEqual([String(BODIES), '']);
  });

  it('are those of one body and one secret only', async () => {
    const [one, other] = [signed[0], signed[150]];
    if (!one || !other) throw new Error('no bodies');
    expect(await verifyHub(other.secret, one.body, one.headers['X-Hub-Signature-256'] ?? '')).toBe(false);
    expect(await verifyHub(one.secret, `${one.body} `, one.headers['X-Hub-Signature-256'] ?? '')).toBe(false);
    expect(() => new Webhook(other.secret).verify(one.body, { ...one.headers })).toThrow('No matching signature');
  });
});
