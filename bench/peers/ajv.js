import { _, Ajv } from "ajv";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "ajv, compiled";
export const reasons = "first";

const ajv = new Ajv({ ownProperties: true });
ajv.addFormat("user-id", isUserId);
ajv.addFormat("message-id", isMessageId);
ajv.addKeyword({
  keyword: "plain",
  type: "object",
  schemaType: "boolean",
  code: (context) => {
    const check = context.gen.scopeValue("func", { ref: isPlainObject });
    context.fail(_`!${check}(${context.data})`);
  },
});

const body = { type: "object", plain: true };
const devices = { type: "object", plain: true, additionalProperties: body };
const messages = {
  type: "object",
  plain: true,
  propertyNames: { format: "user-id" },
  additionalProperties: devices,
};

const validate = ajv.compile({
  type: "object",
  plain: true,
  required: ["edu_type", "content"],
  properties: {
    edu_type: { const: "m.direct_to_device" },
    content: {
      type: "object",
      plain: true,
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
