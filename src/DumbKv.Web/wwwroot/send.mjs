// Send a secret: encrypts it in the browser (e1.mjs), stores it, and then shows its link. Nothing is stored in the browser.
import { acceptDrops, canEncrypt, callApi, copy, decodeText, describeFile, FILE_UNREADABLE, formatSize, formatTime, readFile, show, toBase64 } from "./common.mjs";
import { blobLength, derive, encodeHeader, formatLink, makeKey, safeName, seal } from "./e1.mjs";
import { qrCode, qrPath } from "./qr.mjs";

const $ = id => document.getElementById(id);
const form = $("send");
const { secret, file, ttl, once, passphrase, token } = form.elements;
const ready = $("ready");
const link = $("link");
const status = $("status");
const maxValueBytes = Number(form.dataset.maxValueBytes);

let chosenFile = null;
let sent = null; // { entry, etag, once, expiresAt, copied }
let busy = false;
let leaving = new AbortController();

// ---- What to send

function choose(chosen) {
  chosenFile = chosen;
  $("file-box").hidden = !chosen;
  $("text-box").hidden = Boolean(chosen);
  $("file-name").textContent = chosen ? describeFile(chosen, safeName(chosen.name)) : "";
  complain("");
}

file.addEventListener("change", () => {
  if (file.files[0]) {
    choose(file.files[0]);
    form.querySelector(".primary").focus();
  }
});

$("choose-file").addEventListener("click", () => file.click());

$("remove-file").addEventListener("click", () => {
  file.value = "";
  choose(null);
  secret.focus();
});

acceptDrops(form, files => {
  if (files.length > 1) {
    complain("Drop one file. To send several, put them into an archive first.");
  } else if (!busy) {
    choose(files[0]);
  }
});

// ---- How to send it

const change = $("change");

change.addEventListener("click", () => {
  const opened = $("choices").hidden;
  $("choices").hidden = !opened;
  change.setAttribute("aria-expanded", String(opened));
  change.textContent = opened ? "Done" : "Change";
});

function summarize() {
  const expiry = ttl.selectedOptions[0].textContent.toLowerCase();
  $("summary").textContent = `Expires ${expiry} · can be read ${once.checked ? "once" : "any number of times"} · ${passphrase.value ? "with a passphrase" : "no passphrase"}`;
}

form.addEventListener("input", summarize);
secret.addEventListener("input", () => complain(""));

// ---- Sending

form.addEventListener("submit", async event => {
  event.preventDefault();
  if (busy) {
    return;
  }
  complain("");
  if (!chosenFile && secret.value === "") {
    complain("Paste or type a secret first, or choose a file.");
    return;
  }

  setBusy(true);
  let problem;
  try {
    await send();
  } catch (error) {
    problem = error;
  } finally {
    setBusy(false);
  }

  if (!problem) {
    showLink();
  } else if (problem.name !== "AbortError") {
    complain(sentenceFor(problem), [401, 403].includes(problem.status) ? token : null);
  }
});

async function send() {
  const { signal } = leaving;
  const { content, header } = chosenFile ? await contentOf(chosenFile) : { content: new TextEncoder().encode(secret.value), header: {} };
  const length = blobLength(content.length + encodeHeader(header).length);
  if (length > maxValueBytes) {
    throw new Refusal(`This is too large: ${formatSize(content.length)}. This server stores at most ${formatSize(maxValueBytes)}, with the padding that hides the exact size.`);
  }

  const entry = await derive(makeKey(), { passphrase: passphrase.value.normalize("NFC") });
  const value = toBase64(await seal(entry, content, header));
  const options = { token: token?.value, signal };
  const seconds = Number(ttl.value);
  const response = await store({ key: entry.id, value, encoding: "base64", ttl: seconds, once: once.checked }, options);
  signal.throwIfAborted();
  sent = {
    entry,
    etag: response.headers.get("etag"),
    once: once.checked,
    expiresAt: (Date.parse(response.headers.get("date")) || Date.now()) + seconds * 1_000,
    copied: false,
  };
}

async function store(body, options) {
  try {
    return (await callApi("PUT", body, options)).response;
  } catch (error) {
    if (error.status !== 409) {
      throw error;
    }
    // The key is new and only this page has it. A proxy repeated the request, and the first one stored the secret.
    return (await callApi("POST", { key: body.key, peek: true }, options)).response;
  }
}

class Refusal extends Error {}

async function contentOf(chosen) {
  const content = await readFile(chosen);
  if (!content) {
    throw new Refusal(FILE_UNREADABLE);
  }

  // A text without a type is shown to the recipient. All other files are offered for download only.
  const isText = ["", "text/plain"].includes(chosen.type) && decodeText(content) !== null;
  return { content, header: { name: chosen.name, ...!isText && { type: chosen.type || "application/octet-stream" } } };
}

function sentenceFor(error) {
  if (error instanceof Refusal) {
    return error.message;
  }
  if (error instanceof RangeError) {
    return "The name of the file is too long. Rename it.";
  }
  if (error.status === 401 && token) {
    return "Sending needs a token, and this one is missing or unknown, or has expired. Ask the operator of this server for one.";
  }
  if (error.status === 401) {
    return "The server requires a token since you opened this page. Copy what you still need, then reload the page.";
  }
  if (error.status === undefined) {
    throw error;
  }
  return error.status === 0 ? `${error.message} No link was made.` : error.message;
}

function complain(sentence, field = null) {
  show($("error"), sentence);
  const target = field ?? (chosenFile ? null : secret);
  for (const one of [secret, token]) {
    one?.removeAttribute("aria-invalid");
  }
  if (sentence) {
    target?.setAttribute("aria-invalid", "true");
    (target ?? form.querySelector(".primary")).focus();
  }
}

function setBusy(value) {
  busy = value;
  form.setAttribute("aria-busy", String(value));
  $("create").textContent = value ? "Encrypting and sending…" : "Create link";
  for (const field of form.querySelectorAll("input, textarea, select, button.quiet")) {
    field.disabled = value;
  }
}

// ---- The link

function showLink() {
  link.value = formatLink(new URL(".", location.href).href, sent.entry);
  const until = formatTime(sent.expiresAt);
  $("until").textContent = sent.once
    ? `Anyone with this link can read the secret, once, until ${until}.`
    : `Anyone with this link can read the secret until ${until}.`;
  $("passphrase-note").hidden = !sent.entry.needsPassphrase;
  form.hidden = true;
  ready.hidden = false;
  // The secret is not needed any more. Text that was typed before a file was chosen was not sent.
  if (!chosenFile) {
    secret.value = "";
  }
  passphrase.value = "";
  file.value = "";
  choose(null);
  $("ready-title").focus();
}

$("copy-link").addEventListener("click", async () => {
  const copied = await copy(link.value, link);
  sent.copied ||= copied;
  status.textContent = copied ? "The link is copied." : "The link is selected. Copy it now.";
});

link.addEventListener("copy", () => {
  sent.copied = true;
});

$("show-qr").addEventListener("click", () => {
  const box = $("qr");
  if (box.hidden) {
    const rows = qrCode(link.value);
    if (!rows) {
      status.textContent = "The link is too long for a QR code.";
      return;
    }
    const svg = box.querySelector("svg");
    svg.setAttribute("viewBox", `0 0 ${rows.length + 8} ${rows.length + 8}`);
    svg.querySelector("path").setAttribute("d", qrPath(rows));
  }
  box.hidden = !box.hidden;
  sent.copied = true;
  $("show-qr").setAttribute("aria-expanded", String(!box.hidden));
  $("show-qr").textContent = box.hidden ? "Show QR code" : "Hide QR code";
});

$("share").hidden = !navigator.share;
$("share").addEventListener("click", async () => {
  try {
    await navigator.share({ url: link.value });
    sent.copied = true;
  } catch (error) {
    if (error.name !== "AbortError") {
      status.textContent = "Sharing did not work. Copy the link instead.";
    }
  }
});

// ---- Later

whileWaiting($("check"), "Asking the server…", async () => {
  const options = { token: token?.value, signal: leaving.signal };
  const peek = await callApi("POST", { key: sent.entry.id, peek: true }, options).catch(error => error);
  if (peek.response) {
    return peek.response.headers.get("etag") === sent.etag ? notReadYet() : "Somebody else who has the link has replaced the secret. What the recipient will read is not from you.";
  }

  const { status: code, problem, message } = peek;
  switch (code) {
    case 410:
      return problem.etag === sent.etag
        ? `It was read on ${formatTime(problem.read_at)}.`
        : `Somebody else who has the link replaced the secret. What was read on ${formatTime(problem.read_at)} is not from you.`;
    case 404:
      return sent.once
        ? "It is no longer on the server: it has expired or was deleted, or it was read and the server no longer knows when."
        : "It is no longer on the server: it has expired or was deleted.";
    default:
      if (code === undefined) {
        throw peek;
      }
      return message;
  }
});

const notReadYet = () => sent.once
  ? `Not read yet. It can be read until ${formatTime(sent.expiresAt)}.`
  : `It is still there, until ${formatTime(sent.expiresAt)}. The server records reads only of secrets that can be read once.`;

$("delete").addEventListener("click", () => {
  $("sure").hidden = false;
  $("really-delete").focus();
});

$("keep").addEventListener("click", () => {
  $("sure").hidden = true;
  $("delete").focus();
});

whileWaiting($("really-delete"), "Deleting…", async () => {
  try {
    await callApi("DELETE", { key: sent.entry.id }, { token: token?.value, signal: leaving.signal });
  } catch (error) {
    if (error.status === undefined) {
      throw error;
    }
    return error.status === 0 ? "The server could not be reached. The secret may still be there: try again." : error.message;
  }
  sent.copied = true;
  $("sure").hidden = true;
  for (const control of ["link-tools", "qr", "check", "delete"]) {
    $(control).hidden = true;
  }
  link.value = "";
  $("link-field").hidden = true;
  $("until").textContent = "";
  $("passphrase-note").hidden = true;
  $("ready-title").textContent = "The secret is deleted.";
  $("ready-title").focus();
  return "The link no longer works.";
});

function whileWaiting(button, waiting, run) {
  button.addEventListener("click", async () => {
    if (busy) {
      return;
    }
    busy = true;
    status.textContent = waiting;
    try {
      status.textContent = await run();
    } catch (error) {
      if (error.name !== "AbortError") {
        status.textContent = "";
        throw error;
      }
    } finally {
      busy = false;
    }
  });
}

$("another").addEventListener("click", () => {
  if (busy || isUncopied() && !confirm("You have not copied the link. Without it nobody can read the secret. Continue?")) {
    return;
  }
  startOver();
  secret.focus();
});

// ---- Leaving

const isUncopied = () => sent !== null && !sent.copied;

addEventListener("beforeunload", event => {
  if (secret.value || chosenFile || isUncopied()) {
    event.preventDefault();
  }
});

/** A token stays until the tab is left. */
function startOver() {
  const kept = token?.value;
  sent = null;
  form.reset();
  if (token) {
    token.value = kept;
  }
  choose(null);
  summarize();
  link.value = "";
  status.textContent = "";
  $("ready-title").textContent = "Your link is ready.";
  for (const control of ["link-tools", "link-field", "check", "delete"]) {
    $(control).hidden = false;
  }
  for (const control of ["qr", "sure"]) {
    $(control).hidden = true;
  }
  $("show-qr").textContent = "Show QR code";
  $("show-qr").setAttribute("aria-expanded", "false");
  $("qr").querySelector("path").removeAttribute("d");
  $("until").textContent = "";
  ready.hidden = true;
  form.hidden = false;
}

// With the Back button the page holds no secret, no link and no token, whether it is restored or loaded again.
addEventListener("pagehide", () => {
  leaving.abort();
  leaving = new AbortController();
  startOver();
  if (token) {
    token.value = "";
  }
});

// ---- Start

if (canEncrypt()) {
  form.hidden = false;
  startOver();
} else {
  $("off").hidden = false;
}
