import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };

// A get can also return bytes. The second type says that this client reads JSON.
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: process.argv[2]!.replace(/\/$/, "") });

function check(holds: boolean, expectation: string): void {
  if (!holds) throw new Error(`Wrong: ${expectation}.`);
}

const set = await client.PUT("/kv", { body: { key: "a", value: "v" } });
check(set.data?.status === "success", "a set succeeds");
check(/^"[\w-]{16}"$/.test(set.response.headers.get("etag") ?? ""), "a set has an ETag");

const text = await client.POST("/kv", { body: { key: "a" } });
check(JSON.stringify(text.data) === '{"value":"v"}', "fields that were not set are left out");

const stored = await client.PUT("/kv", {
  body: { database: 8, key: "b", value: "AP/+gA==", encoding: "base64", ttl: 60, once: true, overwrite: null },
  params: { header: { "If-None-Match": "*" } },
});
check(stored.error === undefined, "bytes are stored");

const peek = await client.POST("/kv", { body: { database: 8, key: "b", peek: true } });
check(peek.data?.value === undefined && peek.data?.encoding === "base64", "a peek has no value");
check(peek.data?.once === true && peek.data.size === 4, "a peek returns the metadata");
check(!Number.isNaN(Date.parse(peek.data?.expires_at ?? "")), "the expiry is a date");

const bytes = await client.POST("/kv", { body: { database: 8, key: "b", peek: null } });
check(bytes.data?.value === "AP/+gA==" && bytes.data.expires_at === peek.data?.expires_at, "a read-once value is read after the peek");

const again = await client.PUT("/kv", { body: { key: "a", value: "again", encoding: "text", overwrite: true } });
check(again.data?.status === "success", "a value is replaced");

const refused = await client.PUT("/kv", { body: { key: "a", value: "once more" } });
check(refused.response.status === 409 && refused.error?.status === 409, "a second set is refused");

const missing = await client.POST("/kv", { body: { database: 8, key: "b" } });
check(missing.response.status === 404 && (missing.error?.detail?.length ?? 0) > 0, "a missing value has a detail");

const deleted = await client.DELETE("/kv", { body: { key: "a" } });
check(deleted.data?.status === "success", "a delete succeeds");

// @ts-expect-error A set without a value does not compile.
const incomplete: paths["/kv"]["put"]["requestBody"]["content"]["application/json"] = { key: "a" };
check(!("value" in incomplete), "the request is incomplete");
