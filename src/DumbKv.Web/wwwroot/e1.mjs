// End-to-end encryption, format E1: docs/end-to-end.md. A module without dependencies that needs only WebCrypto, for browsers
// (in a secure context) and Node.js 20 or later. It sends nothing and stores nothing.
//
//   const entry = await derive(makeKey());
//   const blob = await seal(entry, new TextEncoder().encode("hunter2"));
//   // PUT /kv with "key": entry.id, "encoding": "base64" and the blob as "value". The recipient gets formatLink(…, entry).
//   const { content } = await open(entry, blob);

/** Largest header, in bytes. */
export const MAX_HEADER_BYTES = 1024;

/** Largest name of an entry under a made key, in bytes. */
export const MAX_NAME_BYTES = 1024;

/** Why a blob or a link cannot be opened. The message is for the user, and contains nothing of a key or a value. */
export class DamagedError extends Error {
  name = "DamagedError";
}

// ---- Keys

// Without 0 o, 1 l i, 2 z, 5 s, u v, because keys are also read from paper and typed.
const ALPHABET = "346789abcdefghjkmnpqrtwxy";
const PREFIX = "e1-";
const MADE_KEY_LENGTH = 37;
const MADE_KEY_FORM = `e1(?:-[${ALPHABET}]{4}){7}`;
const MADE_KEY = new RegExp(`^${MADE_KEY_FORM}$`);
const MADE_KEY_ANYWHERE = new RegExp(MADE_KEY_FORM);

/** Seven groups of four characters, each drawn uniformly from 25: 130 random bits. */
export function randomGroups() {
  const characters = [];
  const byte = new Uint8Array(1);
  // The largest multiple of the alphabet's length in a byte. Bytes above it would make the first characters more likely.
  const bound = 256 - (256 % ALPHABET.length);

  while (characters.length < 28) {
    crypto.getRandomValues(byte);
    if (byte[0] < bound) {
      characters.push(ALPHABET[byte[0] % ALPHABET.length]);
    }
  }

  return inGroups(characters);
}

export const makeKey = () => PREFIX + randomGroups();

/** Whether the text is a made key, with or without the name of an entry. */
export function isKey(text) {
  const name = text.slice(MADE_KEY_LENGTH);
  return MADE_KEY.test(text.slice(0, MADE_KEY_LENGTH)) && (name === "" || (name[0] === "/" && isName(name.slice(1))));
}

/** Whether the text has the form of a made key anywhere in it. Never send such a text to a server. */
export const containsKey = text => MADE_KEY_ANYWHERE.test(text);

const isName = name => name !== "" && isWellFormed(name) && utf8(name).length <= MAX_NAME_BYTES;

// ---- Derivation

const PASSPHRASE_ITERATIONS = 600_000;

/**
 * Derives what stands for a key. `id` is the key to use with the server. `entryKey` opens this entry alone, and `needsPassphrase`
 * says whether it needs the passphrase too: both are for links. Pass the entry to `seal` and `open`.
 *
 * The passphrase is used exactly as it is. Apply Unicode NFC first if a person typed it: `typed.normalize("NFC")`.
 */
export async function derive(key, { database = 0, passphrase = "" } = {}) {
  if (!isKey(key)) {
    throw new TypeError("The key is not an end-to-end key. Make one with makeKey().");
  }
  if (!Number.isInteger(database) || database !== (database | 0)) {
    throw new RangeError("The database is not a 32-bit integer.");
  }
  if (!isWellFormed(passphrase)) {
    throw new TypeError("The passphrase is not well-formed Unicode.");
  }

  const scope = join(utf8("DumbKV/E1"), [0], be32(database));
  const madeKey = key.slice(0, MADE_KEY_LENGTH);
  const name = key.slice(MADE_KEY_LENGTH + 1);
  let secret = await hkdfSecret(madeKey, passphrase && await stretch(passphrase, scope, madeKey));

  let entryKey = madeKey;
  if (name) {
    const bytes = await hkdf(secret, scope, join(utf8("name"), [0], utf8(name)), 56);
    entryKey = PREFIX + inGroups(Array.from({ length: 28 }, (_, i) => ALPHABET[(bytes[2 * i] << 8 | bytes[2 * i + 1]) % ALPHABET.length]));
    secret = await hkdfSecret(entryKey);
  }

  const id = await hkdf(secret, scope, utf8("id"), 32);
  return Object.freeze({
    id: toBase64Url(id),
    database,
    entryKey,
    needsPassphrase: passphrase !== "" && !name,
    dataKey: await crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: scope, info: utf8("data") }, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
    aad: join(scope, id),
  });
}

async function stretch(passphrase, scope, madeKey) {
  const salt = await crypto.subtle.digest("SHA-256", join(scope, utf8(madeKey)));
  const secret = await crypto.subtle.importKey("raw", utf8(passphrase), "PBKDF2", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: PASSPHRASE_ITERATIONS }, secret, 256);
}

const hkdfSecret = (key, stretched) =>
  crypto.subtle.importKey("raw", join(be32(MADE_KEY_LENGTH), utf8(key), new Uint8Array(stretched || 0)), "HKDF", false, ["deriveBits", "deriveKey"]);

const hkdf = async (secret, salt, info, length) =>
  new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, secret, length * 8));

// ---- Values

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const END = 0x80;
const MIN_BODY_BYTES = 256;

/** Length of the blob for so many bytes of content and header together. */
export const blobLength = bytes => 1 + NONCE_BYTES + paddedLength(2 + bytes + 1) + TAG_BYTES;

/** The header in bytes: empty, or JSON with the members that are given. */
export function encodeHeader({ name, type, time } = {}) {
  if (name === undefined && type === undefined && time === undefined) {
    return new Uint8Array();
  }
  if (![name, type].every(text => text === undefined || (typeof text === "string" && isWellFormed(text))) || !(time === undefined || isTime(time))) {
    throw new TypeError("name and type are well-formed texts, and time is in Unix milliseconds.");
  }

  const header = utf8(JSON.stringify({ name, type, time }));
  if (header.length > MAX_HEADER_BYTES) {
    throw new RangeError(`The header is larger than ${MAX_HEADER_BYTES} bytes. Use a shorter name.`);
  }
  return header;
}

/**
 * Encrypts bytes. Set `type` if they are not UTF-8 text, and `name` for a file. Each call uses a new nonce.
 */
export async function seal(entry, content, header = {}) {
  const head = encodeHeader(header);
  const body = new Uint8Array(paddedLength(2 + head.length + content.length + 1)); // The padding is zeros.
  body.set([head.length >> 8, head.length & 255]);
  body.set(head, 2);
  body.set(content, 2 + head.length);
  body[2 + head.length + content.length] = END;

  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(cipher(entry, nonce), entry.dataKey, body);
  return join([VERSION], nonce, new Uint8Array(sealed));
}

/**
 * Decrypts a blob. `content` is bytes; `text` is the content if it is text, else null. `name`, `type` and `time` are the sender's
 * claims: never render the content by its type, and use `safeName` for the name of a file.
 * @throws {DamagedError} The blob is damaged or altered, or belongs to another key.
 */
export async function open(entry, blob) {
  if (blob.length < 1 + NONCE_BYTES + 3 + TAG_BYTES || blob[0] !== VERSION) {
    throw damaged();
  }

  let body;
  try {
    body = new Uint8Array(await crypto.subtle.decrypt(cipher(entry, blob.slice(1, 1 + NONCE_BYTES)), entry.dataKey, blob.subarray(1 + NONCE_BYTES)));
  } catch (error) {
    throw error.name === "OperationError" ? damaged() : error;
  }

  let end = body.length - 1;
  while (end > 0 && body[end] === 0) {
    end--;
  }
  const headerEnd = 2 + (body[0] << 8 | body[1]);
  if (body[end] !== END || end < 2 || headerEnd > 2 + MAX_HEADER_BYTES || headerEnd > end) {
    throw damaged();
  }

  const { name, type, time } = decodeHeader(body.subarray(2, headerEnd));
  const content = body.subarray(headerEnd, end);
  return { content, text: type === undefined ? decodeUtf8(content) : null, name, type, time };
}

const cipher = (entry, nonce) => ({ name: "AES-GCM", iv: nonce, additionalData: entry.aad, tagLength: TAG_BYTES * 8 });

function decodeHeader(bytes) {
  if (bytes.length === 0) {
    return {};
  }

  const text = decodeUtf8(bytes);
  if (text === null || hasEscapedLoneSurrogate(text)) {
    throw damaged();
  }

  let header;
  try {
    header = JSON.parse(text); // The last of several members with the same name counts.
  } catch {
    throw damaged();
  }

  const valid = typeof header === "object" && header !== null && !Array.isArray(header)
    && [header.name, header.type].every(member => member === undefined || typeof member === "string")
    && (header.time === undefined || isTime(header.time));
  if (!valid) {
    throw damaged();
  }
  return { name: header.name, type: header.type, time: header.time };
}

const isTime = value => Number.isSafeInteger(value) && value >= 0;

// A pair of escapes is one character. Checked in the text, because JSON.parse drops all but the last of equal members.
function hasEscapedLoneSurrogate(json) {
  for (const [, code] of json.matchAll(/\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u([\da-fA-F]{4})|[^u])/g)) {
    if (/^d[89a-f]/i.test(code ?? "")) {
      return true;
    }
  }
  return false;
}

// Padmé (Nikitin et al., 2019): the length reveals at most O(log log n) bits.
function paddedLength(length) {
  const least = Math.max(MIN_BODY_BYTES, length);
  const exponent = 31 - Math.clz32(least);
  const step = 2 ** (exponent - (31 - Math.clz32(exponent)) - 1);
  return Math.ceil(least / step) * step;
}

const damaged = () => new DamagedError("The value is damaged or altered.");

/** A file name that is safe to offer: the last segment, without control and bidirectional characters. Empty if nothing is left. */
export function safeName(name = "") {
  const segment = name.split(/[/\\]/).at(-1).replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, "").trim();
  return /^\.*$/.test(segment) ? "" : segment;
}

// ---- Links

/** The link that opens an entry. `address` is the server's page, without a fragment. */
export const formatLink = (address, { entryKey, database, needsPassphrase }) =>
  `${address}#key=${entryKey}${database === 0 ? "" : `&database=${database}`}${needsPassphrase ? "&passphrase=1" : ""}`;

/** Whether the fragment of an address, without the "#", is an end-to-end link. Any other fragment is not. */
export const isLink = fragment => fragment.startsWith(`key=${PREFIX}`);

/**
 * Reads the fragment of an end-to-end link.
 * @throws {DamagedError} The link is incomplete or damaged.
 */
export function parseLink(fragment) {
  const match = /^key=(.{37})(?:&database=(-?[1-9]\d*))?(&passphrase=1)?$/.exec(fragment);
  const database = Number(match?.[2] ?? 0);
  if (!match || !MADE_KEY.test(match[1]) || database !== (database | 0)) {
    throw new DamagedError("This link is incomplete or damaged.");
  }
  return { key: match[1], database, needsPassphrase: match[3] !== undefined };
}

// ---- Bytes

const encoder = new TextEncoder();
const utf8 = text => encoder.encode(text);
const isWellFormed = text => !/\p{Surrogate}/u.test(text);
const be32 = number => [number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255];
const inGroups = characters => characters.join("").match(/.{4}/g).join("-");

/** Null if the bytes are not UTF-8. A byte order mark is kept. */
function decodeUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const toBase64Url = bytes => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
