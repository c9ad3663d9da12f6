import { Ajv } from "ajv";
import { isMessageId, isUserId } from "../checks.js";

export const name = "ajv, as written";
export const reasons = "first";

const ajv = new Ajv({ ownProperties: true });
ajv.addFormat("user-id", isUserId);
ajv.addFormat("message-id", isMessageId);

const body = { type: "object" };
const devices = { type: "object", additionalProperties: body };
const messages = {
  type: "object",
  propertyNames: { format: "user-id" },
  additionalProperties: devices,
};

const validate = ajv.compile({
  type: "object",
  required: ["edu_type", "content"],
  properties: {
    edu_type: { const: "m.direct_to_device" },
    content: {
      type: "object",
      required: ["sender", "type", "message_id", "messages"],
      properties: {
        sender: { type: "string", format: "user-id" },
        type: { type: "string" },
        message_id: { type: "string", format: "message-id" },
        messages,
      },
    },
  },
});

export const decode = (value) => (validate(value) ? value : validate.errors);
export const accepts = (value) => validate(value);
