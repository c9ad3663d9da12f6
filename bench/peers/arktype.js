import { type } from "arktype";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "arktype";
export const reasons = "all";

const plain = (schema) => type("object").narrow(isPlainObject).and(schema);
const contents = type("object").narrow(isPlainObject);
const userId = type("string").narrow(isUserId);
const devices = plain(type({ "[string]": contents }));
const messages = plain(
  type.scope({ userId, devices }).type({ "[userId]": "devices", "+": "reject" }),
);
const content = plain(
  type({
    sender: userId,
    type: "string",
    message_id: type("string").narrow(isMessageId),
    messages,
  }),
);
const Edu = plain(type({ edu_type: "'m.direct_to_device'", content }));

export const decode = (value) => Edu(value);
export const accepts = (value) => !(decode(value) instanceof type.errors);
