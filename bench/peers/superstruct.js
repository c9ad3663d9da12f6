import * as s from "superstruct";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "superstruct";
export const reasons = "first";

const plain = (struct) => s.refine(struct, "plain", isPlainObject);
const UserId = s.refine(s.string(), "UserId", isUserId);
const Contents = s.define("Contents", isPlainObject);
const Messages = plain(s.record(UserId, plain(s.record(s.string(), Contents))));
const Edu = plain(
  s.type({
    edu_type: s.literal("m.direct_to_device"),
    content: plain(
      s.type({
        sender: UserId,
        type: s.string(),
        message_id: s.refine(s.string(), "MessageId", isMessageId),
        messages: Messages,
      }),
    ),
  }),
);

export const decode = (value) => s.validate(value, Edu);
export const accepts = (value) => decode(value)[0] === undefined;
