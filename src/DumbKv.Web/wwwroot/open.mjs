// Opens an end-to-end link: says what it leads to, and reads it only after the user asked for it. The server gets an id that is
// derived from the link's key, never the key.
import { canEncrypt, callApi, copy, download, formatTime, fromBase64, show } from "./common.mjs";
import { DamagedError, derive, open, parseLink, safeName } from "./e1.mjs";

const $ = id => document.getElementById(id);
const view = $("opening");
const message = $("opening-message");
const detail = $("opening-detail");
const form = $("opening-form");
const passphrase = $("opening-passphrase");
const token = $("opening-token");
const button = $("opening-button");
const opened = $("opened");

let link = null;
let entry = null;
let isUnlocked = false; // The passphrase was right.
let needsToken = form.dataset.needsToken === "true";
let next = null; // What the button does.
let content = null; // The bytes that can be downloaded.
let fileName = "";
let isUnsaved = false;
let leaving = new AbortController();

/** @param {string} fragment The part of the address after the "#". The caller removes it from the address. */
export async function openLink(fragment) {
  if (!mayClose()) {
    return;
  }

  reset();
  view.hidden = false;
  $("values").hidden = true;

  if (!canEncrypt()) {
    tell("error", "This link cannot be opened over plain http.",
      "Browsers decrypt only on encrypted connections (https) and on this computer itself (localhost). Nothing has been read. Open the link with https, or ask the operator of this server for an https address.");
    return;
  }

  try {
    link = parseLink(fragment);
  } catch (error) {
    if (!(error instanceof DamagedError)) {
      throw error;
    }
    tell("error", error.message, "Nothing has been read. Copy the whole link again, or ask the sender for it.");
    return;
  }

  await run(async () => {
    if (!link.needsPassphrase) {
      await deriveEntry("");
    }
    if (link.needsPassphrase || (needsToken && !token.value)) {
      askFirst();
    } else {
      await look();
    }
  });
}

/** Shows the page Values instead. False if the user wants to save the secret first. */
export function closeLink() {
  if (!mayClose()) {
    return false;
  }

  reset();
  view.hidden = true;
  $("values").hidden = false;
  return true;
}

const mayClose = () => !isUnsaved || confirm("You have not copied or downloaded the secret. Close it?");

/** Runs a step. A step that was interrupted, because the page was left or another link opened, ends without a trace. */
async function run(step) {
  try {
    await step();
  } catch (error) {
    if (error.name !== "AbortError") {
      tell("error", "This browser could not decrypt the secret. Try another browser.");
      throw error;
    }
  }
}

async function deriveEntry(typed) {
  const { signal } = leaving;
  const derived = await derive(link.key, { database: link.database, passphrase: typed.normalize("NFC") });
  signal.throwIfAborted();
  entry = derived;
}

/** Asks for the passphrase, the token or both, before anything is read. */
function askFirst({ passphraseProblem = "", tokenProblem = "" } = {}) {
  const wantsPassphrase = link.needsPassphrase && !isUnlocked;
  const wantsToken = needsToken || tokenProblem !== "";
  if (wantsPassphrase && wantsToken) {
    tell("ask", "This secret needs a passphrase, and this server needs a token.", "The sender has the passphrase, and the operator of this server the token. Nothing has been read yet.");
  } else if (wantsPassphrase) {
    tell("ask", "This secret needs a passphrase.", "The sender has it. Nothing has been read yet.");
  } else {
    tell("ask", "This server needs a token to open links.", "You get a token from the operator of this server. Nothing has been read yet.");
  }

  $("opening-passphrase-field").hidden = !wantsPassphrase;
  $("opening-token-field").hidden = !wantsToken;
  offer("Continue", async () => {
    if (wantsToken && !token.value) {
      askFirst({ tokenProblem: "Type the token." });
    } else if (wantsPassphrase && !passphrase.value) {
      askFirst({ passphraseProblem: "Type the passphrase." });
    } else {
      if (wantsPassphrase) {
        await deriveEntry(passphrase.value);
      }
      await look();
    }
  });
  showProblem(passphrase, $("opening-passphrase-error"), passphraseProblem);
  showProblem(token, $("opening-token-error"), tokenProblem);
}

function showProblem(field, line, problem) {
  show(line, problem);
  if (problem) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

function clearProblems() {
  for (const field of [passphrase, token]) {
    field.removeAttribute("aria-invalid");
    show($(`${field.id}-error`), "");
  }
}

/** Says what is there, without reading it. */
async function look() {
  const answer = await ask({ peek: true }, look);
  if (!answer) {
    return;
  }

  isUnlocked = true;
  passphrase.value = "";
  $("opening-passphrase-field").hidden = true;
  $("opening-token-field").hidden = true;
  const { once, expires_at: expiresAt } = answer.json;
  tell("ask",
    once ? "It can be shown once. Showing it deletes it from the server." : expiresAt ? `It can be opened until ${formatTime(expiresAt)}.` : "It can be opened any number of times.",
    once ? "Make sure you can save it now." : "Nothing has been read yet. Your browser may have stored the link in its history. If others use this device, delete it there.");
  offer("Show the secret", () => read(once, expiresAt));
}

async function read(once, expiresAt) {
  const answer = await ask({}, look, once ? "The server may have deleted the secret while it sent it." : "");
  if (!answer) {
    return;
  }

  const gone = once ? "The server has deleted it." : "";
  if (answer.json.encoding !== "base64") {
    tell("error", "What is stored under this link is not an encrypted secret. It was altered, and it is not shown.", gone);
    return;
  }

  const { signal } = leaving;
  try {
    const secret = await open(entry, fromBase64(answer.json.value));
    signal.throwIfAborted();
    showSecret(secret);
  } catch (error) {
    if (!(error instanceof DamagedError)) {
      throw error;
    }
    tell("error", "The secret is damaged or was altered, so it is not shown.", `${gone} Ask the sender to send it again.`.trim());
    return;
  }
  tell("done", once ? "Deleted from the server. Save it before you close this page." : expiresAt ? `You can open the link again until ${formatTime(expiresAt)}.` : "You can open the link again.");
}

/** Null if there is no secret; then the page says why. */
async function ask(more, again, risk = "") {
  try {
    const { database } = link;
    return await callApi("POST", { ...database !== 0 && { database }, key: entry.id, ...more }, { token: token.value, signal: leaving.signal });
  } catch (error) {
    const { status, problem } = error;
    if (status === undefined) {
      throw error;
    }
    if (status === 404 && link.needsPassphrase && !isUnlocked) {
      askFirst({ passphraseProblem: "Wrong passphrase, or the link no longer works." });
    } else if (status === 401) {
      // Nothing was read.
      needsToken = true;
      askFirst({ tokenProblem: token.value ? "This token is unknown or has expired. Ask the operator of this server for one." : "" });
    } else if (status === 403) {
      askFirst({ tokenProblem: error.message });
    } else if (status === 404) {
      tell("error", "This link no longer works.", "The secret has expired, was deleted, or was already read. Ask the sender for a new one.");
    } else if (status === 410) {
      tell("error", `This secret was already read on ${formatTime(problem.read_at)}.`, "If that was not you, tell the sender.");
    } else {
      tell("error", error.message, status === 0 || status >= 500 ? risk : "");
      offer("Try again", again);
    }
    return null;
  }
}

// ---- What the page shows

function showSecret({ content: bytes, text, name }) {
  isUnsaved = true;
  opened.hidden = false;
  const isFile = text === null || name !== undefined;
  $("secret-text").textContent = text ?? "";
  $("secret-text").hidden = text === null || text === "";
  $("secret-empty").hidden = text !== "" || isFile;
  $("copy-secret").hidden = $("secret-text").hidden;
  $("download-secret").hidden = !isFile;
  if (isFile) {
    content = bytes;
    fileName = safeName(name) || (text === null ? "secret.bin" : "secret.txt");
    $("download-secret").textContent = `Download ${fileName}`;
  }
}

function tell(kind, sentence, more = "") {
  $("opening-notice").className = `notice ${kind}`;
  message.textContent = sentence;
  show(detail, more);
  form.hidden = true;
  message.focus();
}

function offer(label, action) {
  button.textContent = label;
  button.disabled = false;
  next = action;
  form.hidden = false;
}

form.addEventListener("submit", async event => {
  event.preventDefault();
  if (button.disabled) {
    return;
  }

  // Each press does one thing once.
  button.disabled = true;
  button.textContent = "One moment…";
  clearProblems();
  await run(next);
});

$("copy-secret").addEventListener("click", async () => {
  const copied = await copy($("secret-text").textContent, $("secret-text"));
  isUnsaved &&= !copied;
  $("saved").textContent = copied ? "Copied." : "Selected. Copy it now.";
});

$("secret-text").addEventListener("copy", () => {
  isUnsaved = false;
});

$("download-secret").addEventListener("click", () => {
  download(content, fileName);
  isUnsaved = false;
  $("saved").textContent = "The download has started.";
});

// ---- Leaving

addEventListener("beforeunload", event => {
  if (isUnsaved) {
    event.preventDefault();
  }
});

function reset() {
  leaving.abort();
  leaving = new AbortController();
  link = entry = next = content = null;
  fileName = "";
  isUnsaved = false;
  isUnlocked = false;
  passphrase.value = "";
  $("opening-passphrase-field").hidden = true;
  $("opening-token-field").hidden = true;
  clearProblems();
  $("secret-text").textContent = "";
  $("saved").textContent = "";
  $("download-secret").textContent = "";
  opened.hidden = true;
  form.hidden = true;
  message.textContent = "";
  show(detail, "");
}

// With the Back button the page holds no secret, no key and no token, whether it is restored or loaded again.
addEventListener("pagehide", () => {
  isUnsaved = false;
  closeLink();
  token.value = "";
});
