/** A certificate authority for one run, and its certificate for `localhost`. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tls } from "../http/app.js";

export type Certificates = {
  readonly tls: Tls;
  /** The certificate of the authority. */
  readonly ca: string;
  readonly files: { readonly cert: string; readonly key: string; readonly ca: string };
};

export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: ReadonlyArray<string>) =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    ...["req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=Interop test authority"],
    ...["-keyout", "ca.key", "-out", "ca.pem"],
  );
  openssl("req", ...newKey, "-subj", "/CN=localhost", "-keyout", "tls.key", "-out", "tls.csr");
  const extensions = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
  writeFileSync(join(folder, "tls.ext"), extensions);
  openssl(
    ...["x509", "-req", "-in", "tls.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-days", "2", "-extfile", "tls.ext", "-out", "tls.pem"],
  );
  const files = {
    cert: join(folder, "tls.pem"),
    key: join(folder, "tls.key"),
    ca: join(folder, "ca.pem"),
  };
  const text = (file: string) => readFileSync(file, "utf8");
  return { tls: { cert: text(files.cert), key: text(files.key) }, ca: text(files.ca), files };
}
