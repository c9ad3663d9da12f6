/** What a consumer of a part pays, minified and gzipped, io-ts included: size-limit itself leaves peers out. */
const check = (name, names, limit, entry = "index.js", external = []) => ({
  name,
  path: `dist/esm/${entry}`,
  import: names === "*" ? "*" : `{ ${names} }`,
  gzip: true,
  limit,
  modifyEsbuildConfig: (config) => ({ ...config, external }),
});

/** The modules of the main entry that the text entry imports. */
const shared = [
  "../internal/*",
  "../deliver.js",
  "../expand.js",
  "../explain.js",
  "../identifiers.js",
  "../message.js",
  "../pack.js",
  "../receive.js",
  "../split.js",
  "../transactions.js",
];

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
  // What the text entry adds for whoever uses the main entry too, with the statements that import it.
  check("the modules of the text entry", "*", "6.1 kB", "text/index.js", ["io-ts", ...shared]),
  // Half of it is shared with the main entry.
  check("the text entry, without io-ts", "*", "12.6 kB", "text/index.js", ["io-ts"]),
];
