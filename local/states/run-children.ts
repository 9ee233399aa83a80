import type { MapState, ParallelState, StateBlock } from './definition.ts';
import { evaluate } from './expression.ts';
import type { Json, JsonObject } from './json.ts';
import { MAX_INLINE_CONCURRENCY } from './limits.ts';
import { StatesError, serializeStateData } from './states-error.ts';
import { interrupt, type MapItem, newStrandRow, Strand, stateOf } from './strand.ts';

/** Runs a child strand to its end; passed in, because blocks and their children run each other. */
type RunBlock = (strand: Strand) => Promise<Json>;

/** Branches or iterations of one attempt. */
interface Group {
  readonly run: RunBlock;
  readonly count: number;
  /** How many run at once. */
  readonly concurrency: number;
  readonly block: (index: number) => StateBlock;
  readonly input: (index: number) => Promise<Json>;
  readonly mapItem: (index: number) => MapItem | undefined;
}

/** Runs one attempt of a Parallel state: the outputs of its branches, in their order. */
export async function runParallel(strand: Strand, state: ParallelState, run: RunBlock): Promise<Json> {
  const input = await startOnce(strand, async () => {
    const args = state.Arguments;
    const value = args === undefined ? strand.input : await evaluate(args, 'Arguments', strand.scope());
    return { items: value, event: () => strand.event('ParallelStateStarted') };
  });
  const results = await runGroup(strand, {
    run,
    count: state.Branches.length,
    concurrency: state.Branches.length,
    block: (i) => state.Branches[i] as StateBlock,
    input: () => Promise.resolve(input),
    mapItem: () => strand.mapItem,
  });
  strand.commit(() => strand.event('ParallelStateSucceeded'));
  return results;
}

/** Runs one attempt of an inline Map: the outputs of its iterations, in the order of the items. */
export async function runMap(strand: Strand, state: MapState, run: RunBlock): Promise<Json> {
  const scope = strand.scope();
  const items = (await startOnce(strand, async () => {
    const value = state.Items === undefined ? strand.input : await evaluate(state.Items, 'Items', scope);
    if (!Array.isArray(value)) {
      throw new StatesError('States.QueryEvaluationError', `Items of '${strand.row.state}' is not an array.`);
    }
    const details = { mapStateStartedEventDetails: { length: value.length } };
    return { items: value as Json, event: () => strand.event('MapStateStarted', details) };
  })) as readonly Json[];
  const limit = await evaluate(state.MaxConcurrency ?? 0, 'MaxConcurrency', scope);
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0) {
    throw new StatesError('States.QueryEvaluationError', `MaxConcurrency of '${strand.row.state}' is not a count.`);
  }
  const results = await runGroup(strand, {
    run,
    count: items.length,
    concurrency: Math.min(limit === 0 ? Number.POSITIVE_INFINITY : limit, MAX_INLINE_CONCURRENCY),
    block: () => state.ItemProcessor,
    input: (i) => selectItem(strand, state, { Index: i, Value: items[i] as Json }),
    mapItem: (i) => ({ Index: i, Value: items[i] as Json }),
  });
  strand.commit(() => strand.event('MapStateSucceeded'));
  return results;
}

async function selectItem(strand: Strand, state: MapState, item: MapItem): Promise<Json> {
  if (state.ItemSelector === undefined) return item.Value;
  const scope = strand.scope();
  const context = { ...(scope.states['context'] as JsonObject), Map: { Item: item } };
  return evaluate(state.ItemSelector, 'ItemSelector', { ...scope, states: { ...scope.states, context } });
}

/** What the group works on is evaluated once and kept, so that a restart sees the same items. */
async function startOnce(
  strand: Strand,
  evaluateItems: () => Promise<{ items: Json; event: () => void }>,
): Promise<Json> {
  const { row } = strand;
  if (row.phase === 'children' && row.items !== null) return JSON.parse(row.items) as Json;
  const { items, event } = await evaluateItems();
  const text = serializeStateData(items, `The items of state '${row.state}'`);
  strand.commit(() => {
    row.items = text;
    row.phase = 'children';
    event();
  });
  return items;
}

async function runGroup(strand: Strand, group: Group): Promise<Json> {
  const stop = new AbortController();
  const signal = AbortSignal.any([strand.signal, stop.signal]);
  const results: Json[] = Array.from({ length: group.count }, () => null);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < group.count) {
      const index = next;
      next += 1;
      results[index] = await runChild(strand, group, { index, signal });
    }
  };
  const workers = Array.from({ length: Math.min(group.count, group.concurrency) }, work);
  try {
    await strand.idleWhile(Promise.all(workers));
  } catch (error) {
    interrupt(stop);
    if (error instanceof StatesError) {
      const type = stateOf(strand.block, strand.row.state).Type;
      strand.commit(() => strand.event(`${type}StateFailed`));
    }
    throw error;
  }
  serializeStateData(results, `The result of state '${strand.row.state}'`);
  return results;
}

async function runChild(strand: Strand, group: Group, at: { index: number; signal: AbortSignal }): Promise<Json> {
  const { row, engine, execution } = strand;
  const id = `${row.id}.${at.index}`;
  const known = engine.store.strand(row.arn, id);
  if (known?.phase === 'done') return JSON.parse(known.result ?? 'null') as Json;
  const child = new Strand(execution, {
    row: known ?? newStrandRow(row.arn, id, row.lastEvent),
    block: group.block(at.index),
    outer: strand.variables,
    signal: at.signal,
    mapItem: group.mapItem(at.index),
  });
  const iteration = { name: row.state, index: at.index };
  const isMap = stateOf(strand.block, row.state).Type === 'Map';
  if (!known) {
    const endWork = engine.activity.begin();
    try {
      const input = serializeStateData(await group.input(at.index), `The input of an iteration of '${row.state}'`);
      child.commit(() => {
        if (isMap) child.event('MapIterationStarted', { mapIterationStartedEventDetails: iteration });
        child.enter(child.block.StartAt, input);
      });
    } finally {
      endWork();
    }
    child.announce();
  }
  try {
    const output = await group.run(child);
    if (isMap) {
      child.commit(() => child.event('MapIterationSucceeded', { mapIterationSucceededEventDetails: iteration }));
    }
    return output;
  } catch (error) {
    if (isMap && error instanceof StatesError) {
      child.commit(() => child.event('MapIterationFailed', { mapIterationFailedEventDetails: iteration }));
    }
    throw error;
  }
}
