// The tests of format E1, for any JavaScript runtime: e1.test.mjs runs them in Node.js, and EndToEndFormatTests in Chromium.
// A case is a sentence and a function that throws if the sentence is not true.

export function e1Cases(e1, vectors) {
  const cases = [];
  const it = (sentence, run) => cases.push({ sentence, run });
  const key = vectors[0].key;

  vectors.forEach((vector, number) => {
    let derivation; // Once, because a passphrase takes time.
    const derive = () => derivation ??= e1.derive(vector.key, { database: vector.database, passphrase: vector.passphrase ?? "" });

    it(`worked example ${number + 1}: derives the id and the entry key`, async () => {
      const entry = await derive();
      equal(entry.id, vector.id);
      equal(entry.entryKey, vector.entry_key);
    });

    it(`worked example ${number + 1}: opens the blob`, async () => {
      const opened = await e1.open(await derive(), bytes(vector.blob_hex));
      equal(hex(opened.content), vector.content_hex);
      const header = vector.header === "" ? {} : JSON.parse(vector.header);
      equal(opened.name, header.name);
      equal(opened.type, header.type);
      equal(opened.time, header.time);
    });

    it(`worked example ${number + 1}: makes the same blob from the same nonce`, async () => {
      const entry = await derive();
      const header = vector.header === "" ? {} : JSON.parse(vector.header);
      const blob = await withRandom(bytes(vector.nonce_hex), () => e1.seal(entry, bytes(vector.content_hex), header));
      equal(hex(blob), vector.blob_hex);
    });

    it(`worked example ${number + 1}: the key of its link opens it`, async () => {
      const entry = await derive();
      const link = e1.parseLink(e1.formatLink("https://kv.example/", entry).split("#")[1]);
      equal(link.database, vector.database);
      equal(link.needsPassphrase, vector.passphrase !== null && !vector.key.includes("/"));
      const again = await e1.derive(link.key, { database: link.database, passphrase: link.needsPassphrase ? vector.passphrase : "" });
      equal(again.id, vector.id);
      equal(hex((await e1.open(again, bytes(vector.blob_hex))).content), vector.content_hex);
    });
  });

  // ---- Keys

  it("a made key has 28 characters of the alphabet in groups of four", () => {
    const keys = Array.from({ length: 200 }, () => e1.makeKey());
    equal(new Set(keys).size, 200);
    ok(keys.every(made => /^e1(-[346789abcdefghjkmnpqrtwxy]{4}){7}$/.test(made) && e1.isKey(made)));
    equal(new Set(keys.join("").replaceAll("e1-", "").replaceAll("-", "")).size, 25);
  });

  it("random bytes that would make some characters likelier are not used", async () => {
    const made = await withRandom(Uint8Array.from({ length: 34 }, (_, i) => 250 + i), () => e1.makeKey());
    equal(made, "e1-3467-89ab-cdef-ghjk-mnpq-rtwx-y346"); // 250 to 255 are skipped.
  });

  for (const [name, wrong] of Object.entries({
    "empty": "", "a plain key": "hunter2", "without the prefix": key.slice(3), "another prefix": "e2" + key.slice(2), "in capitals": key.toUpperCase(),
    "a character too few": key.slice(0, -1), "a character too many": key + "3", "a character outside the alphabet": key.slice(0, -1) + "0",
    "a line break at the end": key + "\n", "a space in front": " " + key, "groups of other lengths": key.replace(/-(....)-(....)/, "-$1$2-"), "an empty name": key + "/",
    "another separator": key + ":name", "a name that is too long": `${key}/${"n".repeat(1_025)}`, "a name of too many bytes": `${key}/${"é".repeat(513)}`,
    "a name with a lone surrogate": key + "/\ud800",
  })) {
    it(`a key that is not end-to-end is refused: ${name}`, async () => {
      equal(e1.isKey(wrong), false);
      await fails(TypeError, () => e1.derive(wrong));
    });
  }

  for (const name of ["n", "/", "db/password", "é".repeat(512), "n".repeat(1_024), "\0", " "]) {
    it(`any name of 1 to 1,024 bytes is accepted: ${JSON.stringify(name).slice(0, 20)}`, () => equal(e1.isKey(`${key}/${name}`), true));
  }

  it("names and passphrases are not normalized, trimmed or folded", async () => {
    const ids = [];
    for (const [name, passphrase] of [["é", ""], ["e\u0301", ""], ["É", ""], ["é ", ""], ["", "é"], ["", "e\u0301"], ["", "É "]]) {
      ids.push((await e1.derive(key + (name && "/" + name), { passphrase })).id);
    }
    equal(new Set(ids).size, ids.length);
  });

  it("an empty passphrase is none", async () => equal((await e1.derive(key, { passphrase: "" })).id, vectors[0].id));

  it("a passphrase with a lone surrogate is refused", () => fails(TypeError, () => e1.derive(key, { passphrase: "a\udfff" })));

  for (const database of [2_147_483_648, -2_147_483_649, 1.5, NaN, "0", null]) {
    it(`a database that is not a 32-bit integer is refused: ${database}`, () => fails(RangeError, () => e1.derive(key, { database })));
  }

  // ---- Writing

  it("each blob has a new nonce", async () => {
    const entry = await e1.derive(key);
    const nonces = new Set();
    for (let i = 0; i < 50; i++) {
      nonces.add(hex((await e1.seal(entry, new Uint8Array())).subarray(1, 13)));
    }
    equal(nonces.size, 50);
  });

  for (const [length, body] of [[0, 256], [253, 256], [254, 272], [269, 272], [270, 288], [509, 512], [510, 544], [1_032_189, 1_032_192], [1_032_190, 1_048_576], [66_060_285, 66_060_288], [66_060_286, 67_108_864]]) {
    it(`${length} bytes are padded to ${body}`, () => equal(e1.blobLength(length), 1 + 12 + body + 16));
  }

  it("the length of a blob is the one that was announced", async () => {
    const entry = await e1.derive(key);
    for (const length of [0, 1, 252, 253, 254, 4_000, 70_001]) {
      equal((await e1.seal(entry, new Uint8Array(length))).length, e1.blobLength(length));
    }
  });

  it("what was sealed opens again, with every member of the header", async () => {
    const entry = await e1.derive(key, { database: -5 });
    const content = crypto.getRandomValues(new Uint8Array(3_000));
    const opened = await e1.open(entry, await e1.seal(entry, content, { name: "a \"b\" ü.bin", type: "application/octet-stream", time: 1_795_600_000_000 }));
    equal(hex(opened.content), hex(content));
    equal(opened.name, "a \"b\" ü.bin");
    equal(opened.type, "application/octet-stream");
    equal(opened.time, 1_795_600_000_000);
    equal(opened.text, null);
  });

  it("a header of 1,024 bytes is accepted, and a longer one refused", async () => {
    const entry = await e1.derive(key);
    const name = "n".repeat(1_024 - '{"name":""}'.length);
    equal((await e1.open(entry, await e1.seal(entry, new Uint8Array(), { name }))).name, name);
    await fails(RangeError, () => e1.seal(entry, new Uint8Array(), { name: name + "n" }));
  });

  for (const header of [{ name: 1 }, { type: null }, { name: "\ud800" }, { time: -1 }, { time: 1.5 }, { time: 2 ** 53 }, { time: "1" }]) {
    it(`a wrong header is not written: ${JSON.stringify(header)}`, async () => fails(TypeError, async () => e1.seal(await e1.derive(key), new Uint8Array(), header)));
  }

  // ---- Reading: each rule of a reader with an example that violates it. The blobs are made here, without the module.

  const damaged = (sentence, make) => it(`damaged: ${sentence}`, async () => {
    const error = await fails(e1.DamagedError, async () => e1.open(await e1.derive(key), await make()));
    equal(error.message, "The value is damaged or altered.");
  });
  const opens = (sentence, make, check) => it(`accepted: ${sentence}`, async () => check(await e1.open(await e1.derive(key), await make())));
  const blobOf = (...body) => sealBody(vectors[0], join(...body));
  const withHeader = (header, ...rest) => {
    const head = typeof header === "string" ? utf8(header) : header;
    return blobOf([head.length >> 8, head.length & 255], head, ...(rest.length ? rest : [utf8("x"), [0x80]]));
  };
  const good = () => bytes(vectors[0].blob_hex);

  damaged("no bytes", () => new Uint8Array());
  damaged("a blob of 31 bytes", () => good().subarray(0, 31));
  damaged("an unknown version", () => alter(good(), 0, 3));
  damaged("an altered nonce", () => alter(good(), 1, 1));
  damaged("an altered ciphertext", () => alter(good(), 20, 1));
  damaged("an altered tag", () => alter(good(), good().length - 1, 1));
  damaged("the last byte is missing", () => good().slice(0, -1));
  damaged("a byte was added", () => join(good(), [0]));
  damaged("a plain text", () => utf8("hunter2 hunter2 hunter2 hunter2 hunter2"));
  damaged("the blob of another key", () => bytes(vectors[1].blob_hex));
  it("damaged: the blob of another database", async () => fails(e1.DamagedError, async () => e1.open(await e1.derive(key, { database: 1 }), good())));
  damaged("only zeros", () => blobOf(new Uint8Array(256)));
  damaged("no end mark", () => blobOf([0, 0], utf8("hello"), new Uint8Array(249)));
  damaged("another end mark", () => blobOf([0, 0], utf8("hello"), [0x81], new Uint8Array(248)));
  damaged("nothing before the end mark", () => blobOf([0x80, 0, 0]));
  damaged("one byte before the end mark", () => blobOf([0, 0x80, 0]));
  damaged("a header longer than the body", () => blobOf([0, 6], utf8("{\"a\":"), [0x80]));
  damaged("a header that takes the end mark", () => blobOf([0, 3], utf8("{}"), [0x80]));
  damaged("a header of 1,025 bytes", () => withHeader(`{"name":"${"n".repeat(1_014)}"}`));
  damaged("a header of 65,535 bytes", () => blobOf([255, 255], new Uint8Array(65_535).fill(32), [0x80]));
  for (const header of [
    "null", "[]", "\"text\"", "1", "true", "{", "{\"name\":\"a\"", "{name:\"a\"}", "{'name':'a'}", "{\"name\":\"a\",}", "{}{}", "{} x", "// c\n{}", " ", "NaN", "\ufeff{}", "\u00a0{}", "\0{}",
    "{\"name\":1}", "{\"name\":null}", "{\"name\":[\"a\"]}", "{\"type\":1}", "{\"type\":{}}", "{\"type\":null}", "{\"name\":\"a\",\"name\":1}",
    "{\"time\":\"1\"}", "{\"time\":null}", "{\"time\":-1}", "{\"time\":1.5}", "{\"time\":9007199254740992}", "{\"time\":1e400}", "{\"time\":01}", "{\"time\":true}",
    "{\"name\":\"\\ud800\"}", "{\"name\":\"\\udc00\"}", "{\"name\":\"\\uDC00\\uD800\"}", "{\"type\":\"\\ud83d\\ud83d\\udd11\"}", "{\"name\":\"\\ud83dx\"}", "{\"other\":\"\\ud800\"}",
    "{\"\\ud800\":1}", "{\"name\":\"\\ud800\",\"name\":\"a\"}", "{\"name\":\"a\nb\"}", "{\"name\":\"\\x\"}",
  ]) {
    damaged(`the header ${JSON.stringify(header)}`, () => withHeader(header));
  }
  damaged("a header that is not UTF-8", () => withHeader(join(utf8("{\"name\":\""), [0xff], utf8("\"}"))));
  damaged("a header with a surrogate in UTF-8", () => withHeader(join(utf8("{\"name\":\""), [0xed, 0xa0, 0x80], utf8("\"}"))));

  opens("the shortest blob", () => blobOf([0, 0, 0x80]), opened => equal(opened.text, ""));
  opens("padding of any length", () => blobOf([0, 0], utf8("hello"), [0x80], new Uint8Array(1_001)), opened => equal(opened.text, "hello"));
  opens("no padding", () => blobOf([0, 0], utf8("hello"), [0x80]), opened => equal(opened.text, "hello"));
  opens("content that ends like the padding", () => blobOf([0, 0, 0x80, 0, 0, 0x80]), opened => equal(hex(opened.content), "800000"));
  opens("a header of 1,024 bytes", () => withHeader(`{"name":"${"n".repeat(1_013)}"}`), opened => equal(opened.name.length, 1_013));
  opens("a header without members", () => withHeader("{}"), opened => equal(opened.text, "x"));
  opens("white space in the header", () => withHeader(" \t\r\n{ \"name\" : \"a\" } "), opened => equal(opened.name, "a"));
  opens("the last of equal members", () => withHeader("{\"name\":1,\"time\":-1,\"name\":\"a\",\"time\":0}"), opened => equal(`${opened.name} ${opened.time}`, "a 0"));
  opens("members in other case are unknown", () => withHeader("{\"Name\":1,\"TYPE\":2,\"name\":\"a\"}"), opened => equal(`${opened.name} ${opened.type}`, "a undefined"));
  opens("unknown members are ignored", () => withHeader("{\"x\":null,\"__proto__\":{\"name\":1,\"type\":\"t\"},\"constructor\":1}"), opened => equal(`${opened.name} ${opened.type}`, "undefined undefined"));
  opens("any nesting", () => withHeader(`{"x":${"[".repeat(500)}${"]".repeat(500)},"name":"a"}`), opened => equal(opened.name, "a"));
  opens("an escaped pair of surrogates", () => withHeader("{\"name\":\"\\ud83d\\uDD11\\\\ud800\"}"), opened => equal(opened.name, "🔑\\ud800"));
  opens("the largest time", () => withHeader("{\"time\":9007199254740991}"), opened => equal(opened.time, 9_007_199_254_740_991));
  opens("content that is UTF-8 is text, and its byte order mark is kept", () => blobOf([0, 0, 0xef, 0xbb, 0xbf], utf8("é"), [0x80]), opened => equal(opened.text, "\ufeffé"));
  opens("content that is not UTF-8 is bytes", () => blobOf([0, 0, 0xff, 0x80]), opened => equal(opened.text, null));
  opens("text with a name is text", () => withHeader("{\"name\":\"a.txt\"}"), opened => equal(opened.text, "x"));
  opens("content with a type is not shown as text", () => withHeader("{\"type\":\"text/html\"}"), opened => equal(opened.text, null));

  // ---- Names of files

  for (const [claimed, safe] of [
    ["logo.png", "logo.png"], ["../../etc/passwd", "passwd"], ["C:\\Windows\\x.dll", "x.dll"], ["a/b\\c.txt", "c.txt"], ["..", ""], [".", ""], ["/", ""], ["", ""], [undefined, ""],
    ["a\0\r\n\t\u007f\u009fb", "ab"], ["exe.\u202egnp", "exe.gnp"], ["\u061c\u200e\u200f\u202a\u2066\u2069x", "x"], [" a b ", "a b"], ["na\u00efve 🔑.txt", "na\u00efve 🔑.txt"], ["...", ""], [".env", ".env"],
  ]) {
    it(`the file name ${JSON.stringify(claimed)} is offered as ${JSON.stringify(safe)}`, () => equal(e1.safeName(claimed), safe));
  }

  // ---- Links

  for (const [fragment, expected] of [
    [`key=${key}`, { key, database: 0, needsPassphrase: false }],
    [`key=${key}&database=7`, { key, database: 7, needsPassphrase: false }],
    [`key=${key}&database=-2147483648&passphrase=1`, { key, database: -2_147_483_648, needsPassphrase: true }],
    [`key=${key}&passphrase=1`, { key, database: 0, needsPassphrase: true }],
  ]) {
    it(`the link #${fragment} is read, and written the same`, () => {
      equal(JSON.stringify(e1.parseLink(fragment)), JSON.stringify(expected));
      equal(e1.formatLink("https://kv.example/", { entryKey: key, ...expected }), `https://kv.example/#${fragment}`);
    });
  }

  for (const tail of [
    "x", "/name", "%2Fname", " ", "\n", "&", "&database", "&database=", "&database=0", "&database=-0", "&database=07", "&database=+7", "&database=7.0", "&database=2147483648", "&database=-2147483649",
    "&database=99999999999999999999", "&database=7&database=8", "&passphrase=1&database=7", "&passphrase=0", "&passphrase=", "&passphrase=1&passphrase=1", "&Database=7", "&other=1", "&database=７", ".",
  ]) {
    it(`damaged: a link that ends with ${JSON.stringify(tail)}`, () => fails(e1.DamagedError, () => e1.parseLink(`key=${key}${tail}`)));
  }
  for (const fragment of ["key=e1-", `key=${key.slice(0, -1)}`, `key=${key.replace("-", "%2D")}`, `key=e1-${key.slice(3).toUpperCase()}`, `key=${key.slice(0, -1)}0`, `key=${key.slice(0, -1)}\n`]) {
    it(`damaged: the link #${fragment}`, () => fails(e1.DamagedError, () => e1.parseLink(fragment)));
  }
  it("a fragment that begins with key=e1- is an end-to-end link, and any other is not", () => {
    equal(e1.isLink("key=e1-"), true);
    for (const other of ["", "key=e1", "key=E1-", `database=0&key=${key}`, "key=hunter2", ` key=${key}`]) {
      equal(e1.isLink(other), false);
    }
  });
  it("a link never has a passphrase for a named entry", async () => {
    const vector = vectors.find(one => one.passphrase !== null && one.key.includes("/"));
    equal(e1.formatLink("https://kv.example/", await e1.derive(vector.key, { passphrase: vector.passphrase })), `https://kv.example/#key=${vector.entry_key}`);
  });

  return cases;
}

// ---- Helpers

async function sealBody(vector, body) {
  const dataKey = await crypto.subtle.importKey("raw", bytes(vector.data_key_hex), "AES-GCM", false, ["encrypt"]);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const id = Uint8Array.from(atob(vector.id.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
  const scope = join(utf8("DumbKV/E1"), [0, 0, 0, 0, 0]); // Database 0.
  return join([1], nonce, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: join(scope, id) }, dataKey, body)));
}

/** Runs with these bytes instead of random ones. */
async function withRandom(source, run) {
  let at = 0;
  crypto.getRandomValues = array => {
    array.set(source.subarray(at, at + array.length));
    at += array.length;
    return array;
  };
  try {
    return await run();
  } finally {
    delete crypto.getRandomValues;
  }
}

async function fails(type, run) {
  try {
    await run();
  } catch (error) {
    ok(error instanceof type, `${error.name} instead of ${type.name}`);
    return error;
  }
  throw new Error(`no ${type.name}`);
}

function equal(actual, expected) {
  ok(Object.is(actual, expected), `${actual} instead of ${expected}`);
}

function ok(condition, message = "not true") {
  if (!condition) {
    throw new Error(message);
  }
}

function alter(array, at, mask) {
  array[at] ^= mask;
  return array;
}

const utf8 = text => new TextEncoder().encode(text);
const bytes = text => Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
const hex = array => Array.from(array, byte => byte.toString(16).padStart(2, "0")).join("");
const join = (...parts) => Uint8Array.from(parts.flatMap(part => Array.from(part)));
