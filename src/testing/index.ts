/**
 * For tests of code that handles send-to-device messages: arbitraries, fixtures and a conformance corpus.
 *
 * @packageDocumentation
 */
// Not `export * as`, which Metro cannot bundle.
import * as arbitraries from "./arbitraries/index.js";
import * as fixtures from "./fixtures.js";
import * as invalid from "./invalid.js";

export {
  type CheckOptions,
  type ConformanceFailure,
  checkImplementation,
  type Decode,
  type Implementation,
} from "./check.js";
export type {
  AppserviceCase,
  Basis,
  CanonicalJsonCase,
  CaseBase,
  CaseInput,
  ConformanceCase,
  ConformanceRule,
  ContentsCase,
  DeliveryCase,
  EduCase,
  IdentifierCase,
  JsonTextCase,
  MessageCase,
  ReceiptCase,
  TransactionCase,
  TransactionTextCase,
  Verdict,
} from "./conformance/case.js";
export { type ConformanceCorpus, conformance, inputOf } from "./conformance/index.js";
export { arbitraries, fixtures, invalid };
