/** What a consumer of a part pays, minified and gzipped, io-ts included: size-limit itself leaves peers out. */
const check = (name, names, limit) => ({
  name,
  path: "dist/esm/index.js",
  import: `{ ${names} }`,
  gzip: true,
  limit,
  modifyEsbuildConfig: (config) => ({ ...config, external: [] }),
});

export default [
  check("UserId", "UserId", "3.8 kB"),
  check("DirectToDeviceEdu", "DirectToDeviceEdu", "4.5 kB"),
  check("the codec of one event type", "RoomKey", "3.9 kB"),
  check("the largest codec of one event type", "KeyVerificationStart", "4.1 kB"),
  check("the table of all event types", "contents", "5.5 kB"),
  check(
    "a homeserver: both pipelines",
    "SendToDeviceBody, deliver, packEdus, receiveTransaction, requestOf, splitByDestination",
    "8.6 kB",
  ),
];
