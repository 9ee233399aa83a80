import * as z from 'zod';

/** All of these are there without the version too. */
export const version = z.string().meta({ description: 'Any, as vN.N, or left out', example: 'v23.0' });

/** Parameters of a path of Meta's API: a version, and one id. */
export const pathOf = (name: string, description: string, example: string) =>
  z.object({ version, [name]: z.string().meta({ description, example }) });

export const phonePath = pathOf('phone_number_id', 'Session id', '100200300');
