/** Work in steps: generators that yield the progress, from 0 to 1. */

/** Steps that are a part of the work. */
export function* within<A>(
  from: number,
  to: number,
  steps: Generator<number, A>,
): Generator<number, A> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield from + (to - from) * step.value;
  }
}

/** Runs steps to their end. */
export function runNow<A>(steps: Generator<number, A>): A {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
