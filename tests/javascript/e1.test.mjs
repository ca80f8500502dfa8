// node --test tests/javascript
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import * as e1 from "../../src/DumbKv.Web/wwwroot/e1.mjs";
import { e1Cases } from "./e1-cases.mjs";

globalThis.crypto ??= webcrypto; // Node.js 18.

const vectors = JSON.parse(readFileSync(new URL("../DumbKv.TestHarness/Data/end-to-end-vectors.json", import.meta.url), "utf8"));

for (const { sentence, run } of e1Cases(e1, vectors)) {
  test(sentence, run);
}
