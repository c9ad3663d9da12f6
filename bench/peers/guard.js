/** The lower bound: a hand-written guard, which returns only a boolean. */
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "hand-written guard";
export const reasons = "none";

/** @param {unknown} value */
export function decode(value) {
  return (
    isPlainObject(value) &&
    Object.hasOwn(value, "edu_type") &&
    value.edu_type === "m.direct_to_device" &&
    Object.hasOwn(value, "content") &&
    isContent(value.content)
  );
}

function isContent(value) {
  return (
    isPlainObject(value) &&
    Object.hasOwn(value, "sender") &&
    typeof value.sender === "string" &&
    isUserId(value.sender) &&
    Object.hasOwn(value, "type") &&
    typeof value.type === "string" &&
    Object.hasOwn(value, "message_id") &&
    typeof value.message_id === "string" &&
    isMessageId(value.message_id) &&
    Object.hasOwn(value, "messages") &&
    isMessages(value.messages)
  );
}

function isMessages(value) {
  if (!isPlainObject(value)) return false;
  for (const userId of Object.keys(value)) {
    if (!isUserId(userId) || !isDevices(value[userId])) return false;
  }
  return true;
}

function isDevices(value) {
  if (!isPlainObject(value)) return false;
  for (const deviceId of Object.keys(value)) {
    if (!isPlainObject(value[deviceId])) return false;
  }
  return true;
}

export const accepts = decode;
