import curve25519 from 'curve25519-js';
import { verifySignature } from './signatures.ts';

/**
 * libsignal verifies signatures with curve25519-js, which takes 8 ms of plain JavaScript for each (whatsapp.md, fact 11): two at
 * each login, one for each message of a group. It looks the function up at each call, so from here on OpenSSL does it (ADR 22).
 */
Object.assign(curve25519, { verify: verifySignature });
