import * as z from 'zod';
import { Env } from '#core/resource-names.ts';

/** A security group takes 60 rules (VPC quota), and one is for HTTPS. */
const MAX_PROXIES = 50;

const SECRET_ARN =
  /^arn:aws[\w-]*:(secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}|ssm:[\w-]+:\d{12}:parameter\/[\w./-]+)$/;

/** A proxy that sessions may name; nobody else's address is ever dialled from the connector (D11). */
export const ProxySchema = z.strictObject({
  /** What sessions call it. */
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      'a name is up to 32 lower-case letters, digits and hyphens, and begins with a letter',
    ),
  protocol: z.enum(['http', 'https', 'socks5']),
  /** The networks of this stack have no IPv6. */
  host: z.hostname(),
  port: z.int().min(1).max(65_535),
  /** Secret of Secrets Manager, or SecureString of Parameter Store, that holds `user:password` and nothing else. */
  secretArn: z.string().regex(SECRET_ARN, 'the complete ARN of a secret or of a parameter').optional(),
});
export type ProxyConfig = Readonly<z.output<typeof ProxySchema>>;

export const ProxiesSchema = z
  .array(ProxySchema)
  .max(MAX_PROXIES)
  .refine((proxies) => new Set(proxies.map(({ name }) => name)).size === proxies.length, 'two proxies have one name');

/** Variable that holds a proxy's `user:password`; the connector makes the same name of it. */
export const credentialsVariable = (name: string): string =>
  `${Env.proxyCredentialsPrefix}${name.toUpperCase().replaceAll('-', '_')}`;
