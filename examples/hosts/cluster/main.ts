/** Runs the scenario and prints its account. */
import { print } from "./print.js";
import { runScenario } from "./scenario.js";

try {
  console.log(print(await runScenario({ faultMs: 6000, measureMs: 7000 })));
} catch (error) {
  // Prints the message only: an error of the ledger contains the events.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
