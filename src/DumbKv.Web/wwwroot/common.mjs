// What the pages share.

/** Copies text. Without the permission it selects the text in its element, so that the user can copy it with one key press. */
export async function copy(text, shownIn) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http, or no permission.
    shownIn.closest("details")?.setAttribute("open", "");
    if ("select" in shownIn) {
      shownIn.select();
    } else {
      getSelection().selectAllChildren(shownIn);
    }
    return false;
  }
}

/** Encryption needs a secure context: https, or localhost. */
export const canEncrypt = () => globalThis.crypto?.subtle !== undefined;

/** A failed request. The message is a sentence for the user. */
export class RequestError extends Error {
  constructor(message, status = 0, problem = {}) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

const UNREACHABLE = "The server could not be reached, or its response was incomplete. Check the connection and try again.";

/** For a request that may change something. */
export const UNKNOWN_OUTCOME = "The server could not be reached, or its response was incomplete. The request may or may not have been executed. Check the connection and try again.";

/**
 * Sends a request to the API. Returns the response and its JSON.
 * @throws {RequestError} The server refused the request (with its status), or could not be reached (status 0).
 */
export async function callApi(method, body, { token = "", signal } = {}) {
  const headers = new Headers({ "Content-Type": "application/json" });
  try {
    if (token) {
      headers.set("Authorization", `Bearer ${token}`);
    }
  } catch {
    throw new RequestError("This token has characters that no token has. Copy it again.", 403);
  }
  let response;
  let json;
  try {
    // Relative to the page, so that it works below a path, too.
    response = await fetch("kv", { method, headers, body: JSON.stringify(body), signal, cache: "no-store", redirect: "error" });
    json = await response.json();
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new RequestError(response && !response.ok ? "A proxy responded instead of the server. Try again." : UNREACHABLE, response?.ok ? 0 : response?.status);
  }

  if (!response.ok) {
    throw new RequestError(json.detail ?? UNREACHABLE, response.status, json);
  }
  return { response, json };
}

/** Lets the user drop files on an element. */
export function acceptDrops(element, take) {
  for (const type of ["dragenter", "dragover"]) {
    element.addEventListener(type, event => {
      if (event.dataTransfer.types.includes("Files")) {
        event.preventDefault();
        element.classList.add("dropping");
      }
    });
  }

  element.addEventListener("dragleave", event => {
    if (!element.contains(event.relatedTarget)) {
      element.classList.remove("dropping");
    }
  });

  element.addEventListener("drop", event => {
    element.classList.remove("dropping");
    if (event.dataTransfer.files.length > 0) {
      event.preventDefault();
      take(event.dataTransfer.files);
    }
  });
}

export const FILE_UNREADABLE = "The file cannot be read. It may have been moved or changed. Choose it again.";

/** The bytes of a file. Null if it cannot be read any more. */
export async function readFile(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return null;
  }
}

/** Text in UTF-8. Null if the bytes are not that. A byte order mark is kept. */
export function decodeText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A chosen file, as the pages show it. An empty name is one without harmless characters. */
export const describeFile = (file, name) => `${name || "A file"}, ${formatSize(file.size)}`;

/** Saves bytes or text as a file. */
export function download(content, name) {
  // Always this type: another one could make the browser show the file as a page of this site.
  const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A date and time in the user's language and time zone. */
export const formatTime = time => new Date(time).toLocaleString(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });

/** A size in a unit that people use for files. */
export function formatSize(bytes) {
  const [unit, divisor] = bytes < 1_000 ? ["byte", 1] : bytes < 1_000_000 ? ["kilobyte", 1_000] : ["megabyte", 1_000_000];
  return (bytes / divisor).toLocaleString(undefined, { style: "unit", unit, unitDisplay: bytes < 1_000 ? "long" : "short", maximumFractionDigits: 1 });
}

/** Sets the text of an element, or hides it if there is none. */
export function show(element, text) {
  element.textContent = text;
  element.hidden = text === "";
}

export const toBase64 = bytes => {
  if (bytes.toBase64) {
    return bytes.toBase64();
  }
  const parts = [];
  for (let at = 0; at < bytes.length; at += 32_768) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 32_768)));
  }
  return btoa(parts.join(""));
};

export const fromBase64 = text => Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), character => character.charCodeAt(0));
