/**
 * For the tests of whoever handles send-to-device messages.
 *
 * @packageDocumentation
 */
export * as arbitraries from "./arbitraries.js";
