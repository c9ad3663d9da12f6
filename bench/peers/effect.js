import { Result, Schema } from "effect";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "effect Schema";
export const takesAnyObject = true;
export const reasons = "first";
export const differs =
  "copies; keys are checked by a filter, because `Record` drops an invalid one; accepts any object as a map";

const UserId = Schema.String.check(Schema.makeFilter(isUserId));
const Plain = Schema.declare(isPlainObject);
const Devices = Schema.Record(Schema.String, Plain);
const Messages = Schema.Record(Schema.String, Devices).check(
  Schema.makeFilter((messages) => Object.keys(messages).every(isUserId)),
);
const Edu = Schema.Struct({
  edu_type: Schema.Literal("m.direct_to_device"),
  content: Schema.Struct({
    sender: UserId,
    type: Schema.String,
    message_id: Schema.String.check(Schema.makeFilter(isMessageId)),
    messages: Messages,
  }),
});

const decodeEdu = Schema.decodeUnknownResult(Edu, { onExcessProperty: "preserve" });
export const decode = (value) => decodeEdu(value);
export const accepts = (value) => Result.isSuccess(decode(value));
