/**
 * Runs inside of the engine under test: no modules, no files, no arguments.
 *
 * What to do stands in `globalThis.engineRun`; the answer is one line of JSON.
 *
 * - `{}`: the digest of each group, and the cases of the corpus that fail.
 * - `{ group }`: the digest of each outcome of one group.
 * - `{ group, index }`: one input and its outcome, as texts.
 */
import { corpus, failures } from "./corpus.mjs";
import { createDigest, digestOf, textOf } from "./digest.mjs";
import { groups } from "./groups.mjs";
import { createRandom } from "./random.mjs";

const all = [corpus, ...groups];

/** An input depends on its group and its index alone. */
function inputAt({ name, input }, index) {
  const seed = Number.parseInt(digestOf(name).slice(0, 8), 16) + index;
  return input(createRandom(seed), index);
}

function outcomeOf({ outcome }, input) {
  try {
    return textOf(outcome(input));
  } catch (error) {
    return `threw ${error.name}`;
  }
}

const outcomesOf = (group) =>
  Array.from({ length: group.count }, (_, index) => outcomeOf(group, inputAt(group, index)));

function digests() {
  return all.map((group) => {
    const digest = createDigest();
    let thrown = 0;
    for (let index = 0; index < group.count; index++) {
      const outcome = outcomeOf(group, inputAt(group, index));
      if (outcome.startsWith("threw ")) thrown++;
      digest.add(`${outcome}\n`);
    }
    return { name: group.name, count: group.count, thrown, digest: digest.hex() };
  });
}

function answer({ group: name, index }) {
  if (name === undefined) return { groups: digests(), failures: failures() };
  const group = all.find((each) => each.name === name);
  if (index === undefined) return outcomesOf(group).map(digestOf);
  const input = inputAt(group, index);
  return { input: textOf(input), outcome: outcomeOf(group, input) };
}

// Hermes has `print` and no `console`.
const write = typeof print === "function" ? print : console.log;
write(JSON.stringify(answer(globalThis.engineRun)));
