/** Work that is done one after the other. */
export type Turns = ReturnType<typeof createTurns>;

export function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    /** Does the work when all work before it has ended. */
    take: <A>(work: () => Promise<A>): Promise<A> => {
      const result = last.then(work);
      // Whoever asked for the work is told of its failure; the next one is not.
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** The same for each name: work for different names runs at the same time. */
export type TurnsByName = ReturnType<typeof createTurnsByName>;

export function createTurnsByName() {
  const turns = new Map<string, { readonly turns: Turns; waiting: number }>();
  return {
    take: async <A>(name: string, work: () => Promise<A>): Promise<A> => {
      const own = turns.get(name) ?? { turns: createTurns(), waiting: 0 };
      turns.set(name, own);
      own.waiting += 1;
      try {
        return await own.turns.take(work);
      } finally {
        own.waiting -= 1;
        if (own.waiting === 0) turns.delete(name);
      }
    },
  };
}
