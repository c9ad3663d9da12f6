import { FormatRegistry, Kind, Type, TypeRegistry } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "typebox, compiled";
export const reasons = "first";
export const differs =
  "keys are checked by a custom kind, because a record's key can have a pattern but no length";

FormatRegistry.Set("user-id", isUserId);
FormatRegistry.Set("message-id", isMessageId);
TypeRegistry.Set("Plain", (_schema, value) => isPlainObject(value));
TypeRegistry.Set("UserIdKeys", (_schema, value) => Object.keys(value).every(isUserId));

const Plain = Type.Unsafe({ [Kind]: "Plain" });
const UserIdKeys = Type.Unsafe({ [Kind]: "UserIdKeys" });
const plain = (schema) => Type.Intersect([Plain, schema]);
const AnyKey = Type.String({ pattern: "^[^]*$" });
const Messages = Type.Intersect([
  Plain,
  UserIdKeys,
  Type.Record(AnyKey, plain(Type.Record(AnyKey, Plain))),
]);

const compiled = TypeCompiler.Compile(
  plain(
    Type.Object({
      edu_type: Type.Literal("m.direct_to_device"),
      content: plain(
        Type.Object({
          sender: Type.String({ format: "user-id" }),
          type: Type.String(),
          message_id: Type.String({ format: "message-id" }),
          messages: Messages,
        }),
      ),
    }),
  ),
);

export const decode = (value) => (compiled.Check(value) ? value : compiled.Errors(value).First());
export const accepts = (value) => compiled.Check(value);
