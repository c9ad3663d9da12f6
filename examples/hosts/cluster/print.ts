/** The account of a cluster as text. */
import { availableParallelism } from "node:os";
import { grouped, table } from "../federation/print.js";
import type { Account, Throughput } from "./scenario.js";

export function print(account: Account): string {
  const { rows, faults, lostResponses, throughputs } = account;
  const sums = [
    rows.reduce((sum, { sent }) => sum + sent, 0),
    rows.reduce((sum, { expanded }) => sum + expanded, 0),
    rows.reduce((sum, { found }) => sum + found.delivered, 0),
  ];
  return [
    `Two homeservers of ${account.workersEach} processes each, on PostgreSQL; ${account.devices} devices.`,
    "",
    ...table([
      ["Device Message Contents", "sent", "+ by *", "= delivered"],
      ...rows.map(
        ({ title, sent, expanded, found }) => [title, sent, expanded, found.delivered] as const,
      ),
      ["all", ...sums],
    ]),
    "",
    "Each device has read each message for it once, in order per sender, and no other.",
    `${faults.kills} times a worker was killed with SIGKILL, ${faults.killedSenders} times the one that sends to the other server;`,
    `${faults.killedTransactions} transactions were open at those moments. ${faults.cuts} connections to the databases were cut, ${faults.cutTransactions} of them`,
    `with an open transaction. ${lostResponses.servers} responses between the servers were lost and ${lostResponses.clients} to clients,`,
    `which have repeated ${grouped(account.repeated)} requests.`,
    ...(throughputs.length === 0 ? [] : ["", ...printThroughputs(throughputs)]),
  ].join("\n");
}

function printThroughputs(throughputs: ReadonlyArray<Throughput>): ReadonlyArray<string> {
  return [
    ...table([
      ["Processes of each server", ...throughputs.map(({ workersEach }) => workersEach)],
      ["requests to send, a second", ...throughputs.map((each) => rate(each, each.requests))],
      ["events delivered, a second", ...throughputs.map((each) => rate(each, each.events))],
      [
        "processors in use, %",
        ...throughputs.map(({ costs }) => Math.round(costs.busyShare * 100)),
      ],
      ["  by this scenario, %", ...throughputs.map(ownShare)],
      ["time of a processor for an event, µs:"],
      ["  homeservers", ...throughputs.map((each) => cost(each, each.costs.workerSeconds))],
      ["  PostgreSQL", ...throughputs.map((each) => cost(each, each.costs.postgresSeconds))],
      [
        "  clients and lines, in one process",
        ...throughputs.map((each) => cost(each, each.costs.clientSeconds)),
      ],
    ]),
    ...limits(throughputs),
  ];
}

/** What the throughput is limited by, as far as the measurement says it. */
function limits(throughputs: ReadonlyArray<Throughput>): ReadonlyArray<string> {
  const busy = Math.min(...throughputs.map(({ costs }) => costs.busyShare));
  return [
    `Clients, homeservers and PostgreSQL share ${availableParallelism()} processors with whatever else runs here.`,
    busy > 0.9
      ? "These are the limit, so that more processes of a server add nothing but what it costs to wake each other."
      : "These are not the limit: requests wait for the disk, for locks, or for each other.",
  ];
}

/** The share of all processors that the servers, PostgreSQL and the clients have used. */
function ownShare({ seconds, costs }: Throughput): number | string {
  const { workerSeconds, postgresSeconds, clientSeconds } = costs;
  if (workerSeconds === undefined || postgresSeconds === undefined) return "unknown";
  const own = workerSeconds + postgresSeconds + clientSeconds;
  return Math.round((own / seconds / availableParallelism()) * 100);
}

function rate({ seconds }: Throughput, count: number): number {
  return Math.round(count / seconds);
}

function cost({ events }: Throughput, seconds: number | undefined): number | string {
  return seconds === undefined ? "unknown" : Math.round((seconds / events) * 1_000_000);
}
