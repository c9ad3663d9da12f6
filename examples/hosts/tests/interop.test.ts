/** Tests how interop runs are judged. The runs themselves need the real servers: `npm run interop:servers`. */
import { describe, expect, test } from "vitest";
import type { Case, Facts } from "../interop/case.js";
import { type Deviation, deviations } from "../interop/expectations.js";
import { judge } from "../interop/judge.js";
import { cases } from "../interop/run.js";
import { countsFor, wordsFor } from "../interop/world.js";

const peers = Object.entries(deviations);

describe("the known deviations", () => {
  test.each(peers)("of %s refer to facts of cases", (_peer, listed) => {
    expect(listed.length).toBeGreaterThan(0);
    for (const { group, name, facts } of listed) {
      const found = cases.filter((each) => each.group === group && each.name === name);
      expect(found, `${group}: ${name}`).toHaveLength(1);
      for (const what of Object.keys(facts)) expect(found[0]?.expected.peer).toHaveProperty([what]);
    }
  });
  test.each(peers)("of %s differ from the expected facts, and have a reason", (_peer, listed) => {
    for (const { group, name, facts, reason } of listed) {
      const found = cases.find((each) => each.group === group && each.name === name);
      for (const [what, seen] of Object.entries(facts)) {
        expect(found?.expected.peer[what]).not.toBe(seen);
      }
      expect(reason).toMatch(/\.$/);
    }
  });
  test.each(peers)("of %s are listed once for each case", (_peer, listed) => {
    const names = listed.map(({ group, name }) => `${group}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

test("each case has its own name", () => {
  const names = cases.map(({ group, name }) => `${group}: ${name}`);
  expect(names.length).toBeGreaterThan(40);
  expect(new Set(names).size).toBe(names.length);
});

describe("a case", () => {
  const each: Case = {
    group: "Group",
    processes: 1,
    name: "Name",
    sent: "",
    specification: "",
    expected: { peer: { answer: "200", read: "“a”" }, ours: { sent: "1" } },
    run: () => Promise.reject(new Error("Not run here")),
  };
  const known: Deviation = { group: "Group", name: "Name", facts: { read: "nothing" }, reason: "" };
  const sometimes: Deviation = { ...known, facts: { read: /^nothing$/ }, sometimes: "nothing" };
  const verdict = (deviation: Deviation | undefined, peer: Facts, ours: Facts = { sent: "1" }) =>
    judge(each, deviation, { peer, ours });
  const right = { answer: "200", read: "“a”" };
  const lost = { answer: "200", read: "nothing" };

  test("is as expected if all facts are", () => {
    expect(verdict(undefined, right)).toEqual({ _tag: "AsExpected" });
  });
  test("fails if the other server deviates in an unlisted way", () => {
    expect(verdict(undefined, lost)).toEqual({
      _tag: "Failed",
      lines: ["read: nothing, instead of “a”"],
    });
    expect(verdict(known, { ...lost, answer: "500" })).toEqual({
      _tag: "Failed",
      lines: ["answer: 500, instead of 200"],
    });
    expect(verdict(known, { ...lost, read: "“b”" })).toMatchObject({ _tag: "Failed" });
  });
  test("has a known deviation if all differences are listed", () => {
    expect(verdict(known, lost)).toEqual({ _tag: "KnownDeviation", deviation: known });
    expect(verdict(sometimes, lost)).toEqual({ _tag: "KnownDeviation", deviation: sometimes });
  });
  test("fails if a listed deviation no longer occurs, unless it depends on timing", () => {
    expect(verdict(known, right)).toEqual({
      _tag: "Failed",
      lines: ["read: “a”: the known deviation no longer occurs"],
    });
    expect(verdict(sometimes, right)).toEqual({ _tag: "AsExpected" });
  });
  test("fails on any deviation of our homeserver", () => {
    expect(verdict(known, lost, { sent: "2" })).toEqual({
      _tag: "Failed",
      lines: ["ours: sent: 2, instead of 1"],
    });
  });
  test("fails if a fact is missing", () => {
    expect(verdict(undefined, { answer: "200" })).toMatchObject({ _tag: "Failed" });
    expect(verdict(undefined, right, {})).toMatchObject({ _tag: "Failed" });
  });
});

describe("the description of what a device has read", () => {
  test.each([
    [[], "nothing"],
    [["a", "b"], "“a”, “b”"],
    [["1", "2", "3"], "1 to 3, each once, in order"],
    [["1", "3", "2"], "1 to 3, each once, not in order"],
    [["1", "2", "2", "3"], "1 to 3, 1 of them twice, in order"],
    [["1", "2", "4"], "1 to 4, 1 of them missing, each once, in order"],
  ])("%j", (labels, words) => {
    expect(wordsFor(labels)).toBe(words);
  });
  test("ignores the order if the sender left it open", () => {
    expect(countsFor(["10", "9", ...Array.from({ length: 8 }, (_, index) => `${index + 1}`)])).toBe(
      "1 to 10, each once",
    );
  });
});
