import { toolGate } from './gate.ts';

/** The committed OpenAPI document is the one that the schemas make. */
export const openApiGate = toolGate('OpenAPI', 'bin/openapi.ts', ['--check']);
