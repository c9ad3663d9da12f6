import * as t from "io-ts";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "io-ts combinators";
export const reasons = "all";
export const differs = "keys are checked by a refinement, because `t.record` drops an invalid one";

const UserId = t.refinement(t.string, isUserId, "UserId");
const MessageId = t.refinement(t.string, isMessageId, "MessageId");
const Plain = t.refinement(t.UnknownRecord, isPlainObject, "Plain");
const Devices = t.intersection([Plain, t.record(t.string, Plain)]);
const Messages = t.refinement(
  t.intersection([Plain, t.record(t.string, Devices)]),
  (messages) => Object.keys(messages).every(isUserId),
  "Messages",
);
const ToDeviceMessage = t.intersection([
  Plain,
  t.type({ sender: UserId, type: t.string, message_id: MessageId, messages: Messages }),
]);
const Edu = t.intersection([
  Plain,
  t.type({ edu_type: t.literal("m.direct_to_device"), content: ToDeviceMessage }),
]);

export const decode = (value) => Edu.decode(value);
export const accepts = (value) => decode(value)._tag === "Right";
