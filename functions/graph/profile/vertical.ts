import type { Vertical } from '#core/contracts/api/graph/business-profile.ts';

/** WhatsApp Business' names of what a business does, and Meta's words for them. */
const VERTICAL_OF: Readonly<Record<string, Vertical>> = {
  automotive: 'AUTO',
  'beauty, cosmetic & personal care': 'BEAUTY',
  'beauty, spa & salon': 'BEAUTY',
  'apparel & clothing': 'APPAREL',
  'clothing & apparel': 'APPAREL',
  education: 'EDU',
  'arts & entertainment': 'ENTERTAIN',
  entertainment: 'ENTERTAIN',
  'event planner': 'EVENT_PLAN',
  'event planning & service': 'EVENT_PLAN',
  finance: 'FINANCE',
  'finance & banking': 'FINANCE',
  'food & grocery': 'GROCERY',
  'grocery store': 'GROCERY',
  'public & government service': 'GOVT',
  'public service': 'GOVT',
  hotel: 'HOTEL',
  'hotel & lodging': 'HOTEL',
  'medical & health': 'HEALTH',
  'non-profit organization': 'NONPROFIT',
  'non-profit': 'NONPROFIT',
  'professional service': 'PROF_SERVICES',
  'professional services': 'PROF_SERVICES',
  'shopping & retail': 'RETAIL',
  'travel & transportation': 'TRAVEL',
  restaurant: 'RESTAURANT',
};

/** @param category in WhatsApp's words; undefined: the business names none */
export const verticalOf = (category: string | undefined): Vertical =>
  category === undefined ? 'UNDEFINED' : (VERTICAL_OF[category.toLowerCase()] ?? 'OTHER');
