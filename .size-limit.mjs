/** What a consumer of a part pays, minified and gzipped, io-ts included: size-limit itself leaves peers out. */
const check = (name, names, limit, entry = "index.js", external = []) => ({
  name,
  path: `dist/esm/${entry}`,
  import: names === "*" ? "*" : `{ ${names} }`,
  gzip: true,
  limit,
  modifyEsbuildConfig: (config) => ({ ...config, external }),
});

export default [
  check("UserId", "UserId", "4.0 kB"),
  check("DirectToDeviceEdu", "DirectToDeviceEdu", "4.7 kB"),
  check("the codec of one event type", "RoomKey", "4.0 kB"),
  check("the largest codec of one event type", "KeyVerificationStart", "4.2 kB"),
  check("the table of all event types", "contents", "5.6 kB"),
  check(
    "a homeserver: both pipelines",
    "SendToDeviceBody, deliver, packEdus, receiveTransaction, requestOf, splitByDestination",
    "9.3 kB",
  ),
  // Half of it is shared with the main entry.
  check("the text entry, without io-ts", "*", "12.6 kB", "text/index.js", ["io-ts"]),
];
