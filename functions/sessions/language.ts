import type { Language } from '#core/domain/session-reasons.ts';
import { bestAccepted } from './best-accepted.ts';

/** By the first part of a language tag; every kind of Portuguese gets Brazil's. */
const BY_PRIMARY: ReadonlyMap<string, Language> = new Map<string, Language>([
  ['en', 'en'],
  ['pt', 'pt-BR'],
]);

/** Chooses by `Accept-Language`: the best-weighted language that we speak; English if none is asked for. */
export const languageOf = (accepted: string | undefined): Language =>
  bestAccepted(accepted, (tag) => BY_PRIMARY.get(tag.split('-')[0] ?? '')) ?? 'en';
