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
    "Each device has read each of its messages once, in order per sender, and no others.",
    `Workers were killed with SIGKILL ${faults.kills} times, ${faults.killedSenders} times the one that sends to the other server;`,
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
      ["send requests per second", ...throughputs.map((each) => rate(each, each.requests))],
      ["events delivered per second", ...throughputs.map((each) => rate(each, each.events))],
      ["CPU in use, %", ...throughputs.map(({ costs }) => Math.round(costs.busyShare * 100))],
      ["  by this scenario, %", ...throughputs.map(ownShare)],
      ["CPU time per event, µs:"],
      ["  homeservers", ...throughputs.map((each) => cost(each, each.costs.workerSeconds))],
      ["  PostgreSQL", ...throughputs.map((each) => cost(each, each.costs.postgresSeconds))],
      [
        "  clients and connections, in one process",
        ...throughputs.map((each) => cost(each, each.costs.clientSeconds)),
      ],
    ]),
    ...limits(throughputs),
  ];
}

/** What limits the throughput, as far as the measurement shows. */
function limits(throughputs: ReadonlyArray<Throughput>): ReadonlyArray<string> {
  const busy = Math.min(...throughputs.map(({ costs }) => costs.busyShare));
  return [
    `Clients, homeservers and PostgreSQL share ${availableParallelism()} CPUs with all other programs here.`,
    busy > 0.9
      ? "The CPUs are the limit: more processes per server only add the cost of waking each other."
      : "The CPUs are not the limit: requests wait for the disk, for locks, or for each other.",
  ];
}

/** The share of all CPUs that the servers, PostgreSQL and the clients have used. */
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
