import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDendrite, buildSynapse } from "./build.js";
import { clientCases } from "./cases/clients.js";
import { requestCases } from "./cases/requests.js";
import { transactionCases } from "./cases/transactions.js";
import { troubleCases } from "./cases/trouble.js";
import { makeCertificates } from "./certificates.js";
import { runDendrite } from "./dendrite.js";
import { runOurs } from "./ours.js";
import { startScripted } from "./scripted.js";
import { runSynapse } from "./synapse.js";
import { createWeb } from "./web.js";
import { createWorld } from "./world.js";

const s = await buildSynapse();
const d = await buildDendrite();
if (s._tag === "Skipped" || d._tag === "Skipped") process.exit(1);
const [which, filter = ""] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "interop-"));
console.log(folder);
const certificates = makeCertificates(folder);
const web = createWeb(certificates.ca);
const site = { folder, certificates, web };
const peer =
  which === "synapse"
    ? await runSynapse(site, s.command, "Synapse")
    : await runDendrite(site, d.command, "Dendrite");
const ours = await runOurs(site, {
  title: "ours",
  database: join(folder, "ours.db"),
  processes: 1,
});
const scripted = await startScripted(site);
const world = await createWorld({ ours, peer, scripted, web });
for (const c of [
  ...clientCases,
  ...requestCases("out"),
  ...requestCases("in"),
  ...transactionCases,
  ...troubleCases("out"),
  ...troubleCases("in"),
]) {
  if (!`${c.group}: ${c.name}`.includes(filter)) continue;
  const t = Date.now();
  try {
    const o = await c.run(world);
    console.log(`${c.group}: ${c.name} ${Date.now() - t} ms`);
    for (const side of ["peer", "ours"] as const)
      for (const [k, v] of Object.entries(o[side]))
        if (v !== c.expected[side][k])
          console.log("   ", side, k, ":", v, "  instead of", c.expected[side][k]);
  } catch (e) {
    console.log(`${c.group}: ${c.name} ${Date.now() - t} ms`, e);
  }
}
console.log("strays", world.strays, world.read());
await scripted.close();
await peer.stop();
await ours.stop();
await web.close();
process.exit(0);
