/** The sections of the specification that cases refer to, as Markdown. */

const serverServer = "https://spec.matrix.org/v1.19/server-server-api";
const clientServer = "https://spec.matrix.org/v1.19/client-server-api";
const appendices = "https://spec.matrix.org/v1.19/appendices";

export const links = {
  edu: `[Send-to-device messaging](${serverServer}/#send-to-device-messaging)`,
  transactions: `[Transactions](${serverServer}/#transactions)`,
  client: `[Send-to-Device messaging, client behaviour](${clientServer}/#send-to-device-messaging)`,
  send: `[PUT /sendToDevice](${clientServer}/#put_matrixclientv3sendtodeviceeventtypetxnid)`,
  canonical: `[Canonical JSON](${appendices}/#canonical-json)`,
  keyRequest: `[m.room_key_request](${clientServer}/#mroom_key_request)`,
};
