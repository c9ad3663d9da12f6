/** A homeserver in separate processes, behind its gate. */
import { appendFileSync } from "node:fs";
import type { ServerName } from "matrix-send-to-device";
import { freePorts } from "../cluster/ports.js";
import type { Certificates } from "./certificates.js";
import { type Child, type Program, startChild } from "./child.js";
import type { Device } from "./client.js";
import { type Gate, openGate } from "./gate.js";
import type { Web } from "./web.js";

export type Server = {
  readonly name: ServerName;
  readonly gate: Gate;
  /** The base URLs of its processes, for clients. */
  readonly urls: ReadonlyArray<string>;
  readonly login: (localpart: string, deviceId: string) => Promise<Device>;
  readonly start: () => Promise<void>;
  /** Kills one process. Returns a function that restarts it. */
  readonly killOne: (index: number) => Promise<() => Promise<void>>;
  /** Kills all processes. */
  readonly kill: () => Promise<void>;
  /** Stops the processes and closes the gate. */
  readonly stop: () => Promise<void>;
};

/** Settings shared by all servers of a run. */
export type Site = {
  readonly folder: string;
  readonly certificates: Certificates;
  readonly web: Web;
};

/** Chooses a name for a server: `localhost` with a port that is free now. */
export async function chooseName(): Promise<ServerName> {
  // The grammar of server names: a host, a colon, and a port.
  const [port] = await freePorts(1);
  return `localhost:${port}` as ServerName;
}

export type ServerOptions = Pick<Server, "name" | "urls" | "login"> & {
  readonly site: Site;
  readonly programs: ReadonlyArray<Omit<Program, "isReady">>;
};

export async function runServer(options: ServerOptions): Promise<Server> {
  const { name, urls, login, site, programs } = options;
  const { fetch } = site.web;
  const { tls } = site.certificates;
  const gate = await openGate({ name, tls, fetch, targets: urls });
  const children = new Map<number, Child>();

  async function startOne(index: number, program: Omit<Program, "isReady">): Promise<void> {
    appendFileSync(program.log, "--- start\n");
    const isReady = async () => {
      const path = "/_matrix/client/versions";
      const response = await fetch(`${urls[index]}${path}`).catch(() => undefined);
      await response?.arrayBuffer();
      return response?.ok === true;
    };
    children.set(index, await startChild({ ...program, isReady }));
  }

  async function start(): Promise<void> {
    // Sequential, because the first process creates the tables.
    for (const [index, program] of programs.entries()) await startOne(index, program);
  }

  await start();
  return {
    name,
    gate,
    urls,
    login,
    start,
    killOne: async (index) => {
      await children.get(index)?.kill();
      return async () => {
        const program = programs[index];
        if (program !== undefined) await startOne(index, program);
      };
    },
    kill: async () => {
      await Promise.all([...children.values()].map((child) => child.kill()));
    },
    stop: async () => {
      await Promise.all([...children.values()].map((child) => child.stop()));
      await gate.close();
    },
  };
}
