/**
 * For the tests of whoever handles send-to-device messages: arbitraries, fixtures and a conformance corpus.
 *
 * @packageDocumentation
 */
export * as arbitraries from "./arbitraries/index.js";
export {
  type ConformanceFailure,
  checkImplementation,
  type Decode,
  type Implementation,
} from "./check.js";
export type {
  AppserviceCase,
  CanonicalJsonCase,
  CaseBase,
  CaseInput,
  ConformanceCase,
  ConformanceRule,
  ContentsCase,
  DeliveryCase,
  EduCase,
  IdentifierCase,
  MessageCase,
  TransactionCase,
  Verdict,
} from "./conformance/case.js";
export { type ConformanceCorpus, conformance, inputOf } from "./conformance/index.js";
export * as fixtures from "./fixtures.js";
export * as invalid from "./invalid.js";
