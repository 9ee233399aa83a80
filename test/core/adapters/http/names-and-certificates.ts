import type { Server } from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { generate } from 'selfsigned';
import type { Lookup } from '#core/adapters/http/guarded-connection.ts';

export const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;

/** Answers every name with the given addresses, one list per question, the last one for ever. */
export const names =
  (...answers: readonly (readonly string[])[]): Lookup =>
  (_, __, done) => {
    const list = answers.length > 1 ? (answers as string[][]).shift() : answers[0];
    done(
      null,
      (list ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };

/** A certificate of this name that is its own authority. */
export const pemsOf = (name: string) =>
  generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
