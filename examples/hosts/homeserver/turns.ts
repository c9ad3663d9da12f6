/** Runs tasks one at a time. */
export type Turns = ReturnType<typeof createTurns>;

export function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    /** Runs a task when all earlier ones have ended. */
    take: <A>(work: () => Promise<A>): Promise<A> => {
      const result = last.then(work);
      // A failure rejects the task's own promise and does not stop the next task.
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** Runs tasks of the same name one at a time, and tasks of different names concurrently. */
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
