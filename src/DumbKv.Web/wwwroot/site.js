// The page works without this file, by plain form posts. With it the page does not reload, generates keys, shares them as links,
// and clears itself when the user leaves. Nothing is stored: not in storage, not in the title, not in the address.
import { acceptDrops, copy, decodeText, describeFile, download, FILE_UNREADABLE, formatSize, fromBase64, readFile, toBase64, UNKNOWN_OUTCOME } from "./common.mjs";
import { containsKey, isLink, randomGroups, safeName } from "./e1.mjs";
import { closeLink, openLink as openEndToEndLink } from "./open.mjs";

const $ = id => document.getElementById(id);
const form = $("kv");
const { key, database, value, version, ttl, until, file } = form.elements;
const result = $("result");
const maxValueBytes = Number(form.dataset.maxValueBytes);

// ---- Get, Set and Delete without a reload. The server responds with a whole page, and the result is copied from it.

let busy = false;
let leaving = new AbortController();
let asked = null; // The database and key of the result.
let chosenFile = null; // Bytes that are stored in place of the text.
let edited = null; // { until, expires }: the time that the form shows, and the exact one.
let isSaved = false; // The value on the screen was copied or downloaded.
let storedText = ""; // Text that is stored. Other text in the form would be lost by leaving the page.

$("values").addEventListener("submit", async event => {
  event.preventDefault();
  if (busy || !mayReplaceResult()) {
    return;
  }
  if (containsKey(event.target.elements.key.value)) {
    tell("error", "This is an end-to-end key, so the page did not send it to the server.", "To open a secret, open its link. It has the form …/#key=e1-…");
    return;
  }

  busy = true;
  result.setAttribute("aria-busy", "true");
  try {
    const fields = fieldsOf(event.target, event.submitter);
    const answer = await ask(event.target.getAttribute("action"), fields);
    if (!answer) {
      return;
    }
    asked = { database: fields.get("database"), key: fields.get("key") };
    show(answer);
    if (fields.get("action") === "set" && result.querySelector(".notice.done")) {
      noteStored(fields);
    }
  } finally {
    busy = false;
    result.removeAttribute("aria-busy");
  }
});

// A read-once value on the screen exists nowhere else.
const holdsGone = () => result.querySelector(".gone") !== null;
const holdsUnstored = () => chosenFile !== null || (value.value !== "" && value.value !== storedText);
const mayReplaceForm = () => !holdsUnstored() || confirm("The text or file in this form is not stored. Replace it?");
const mayReplaceResult = () => !holdsGone() || confirm("The server has deleted the value that this page shows, so this page has the only copy. Discard it?");

// Enter in a field presses the first button, which is Get. With a value typed it would be unclear what the user wants.
form.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.isComposing && event.target.matches("input") && holdsUnstored()) {
    event.preventDefault();
    if (!busy && !holdsGone()) {
      tell("ask", "Press Set to store the value, or Get to read the one under this key.");
    }
  }
});

function noteStored(fields) {
  if (fields.get("encoding")) {
    if (chosenFile && fields.get("value") === toBase64(chosenFile)) {
      removeFile();
    }
  } else if (fields.get("value") === value.value) {
    storedText = value.value;
  }
  stopEditing();
}

// The server's page. If it could not be loaded, a sentence that explains why. Null if the user has left the page.
async function ask(address, fields) {
  try {
    const response = await fetch(address, { method: "POST", body: fields, signal: leaving.signal });
    return response.headers.get("content-type")?.startsWith("text/html")
      ? { page: new DOMParser().parseFromString(await response.text(), "text/html") }
      : { problem: (await response.json()).detail };
  } catch (error) {
    return error.name === "AbortError" ? null : { problem: UNKNOWN_OUTCOME };
  }
}

function fieldsOf(sender, button) {
  const fields = new FormData(sender, button);

  // The user chose a time in the local time zone, and the form's field is in UTC. A question's form repeats what was sent.
  if (sender === form) {
    // A time that is no date stays as it is, and the server says so.
    const time = new Date(edited?.until === until.value ? edited.expires : until.value);
    if (time.getFullYear() < 10_000) {
      fields.set("until", time.toISOString().slice(0, 23));
    }
    fields.delete("file");
    if (chosenFile && fields.get("action") === "set") {
      fields.set("value", toBase64(chosenFile));
      fields.set("encoding", "base64");
    }
  }

  return new URLSearchParams(fields);
}

function show({ page, problem }) {
  if (!page?.getElementById("result")) {
    tell("error", problem ?? "A proxy responded instead of the server. Reload the page and try again.");
    return;
  }

  // The server marks the element to focus, for browsers without a script. The mark is removed, because a page can have only one
  // autofocus.
  const marked = page.querySelector("[autofocus]");
  marked?.removeAttribute("autofocus");

  // After a restart with other settings, the server's page can have fields that this page does not have.
  const errors = page.querySelectorAll(".field-error");
  // A read-once value in its result exists nowhere else.
  if ([...errors].some(error => !document.getElementById(error.id)) && !page.querySelector(".gone")) {
    tell("error", "The server's page has changed since you opened this one. Copy what you still need, then reload the page.");
    return;
  }

  for (const error of errors) {
    const shown = document.getElementById(error.id);
    if (!shown) {
      continue;
    }
    shown.textContent = error.textContent;
    const field = document.getElementById(error.id.replace("-error", ""));
    if (error.textContent) {
      field.setAttribute("aria-invalid", "true");
    } else {
      field.removeAttribute("aria-invalid");
    }
  }

  const focusWasInside = result.contains(document.activeElement);
  fill(...page.getElementById("result").childNodes);

  // The result is announced without the focus. The focus moves to a field to correct, to a question, or if its element was removed.
  const target = marked && document.getElementById(marked.id);
  if (target && (focusWasInside || form.contains(target) || result.querySelector("form"))) {
    target.closest("details")?.setAttribute("open", "");
    target.focus();
  }
  result.scrollIntoView({ block: "nearest" });
  target?.scrollIntoView({ block: "nearest" });
}

function fill(...nodes) {
  isSaved = false;
  result.replaceChildren(...nodes);
  prepare(result);
  for (const time of result.querySelectorAll("time")) {
    const local = new Date(time.dateTime);
    if (local.getTimezoneOffset() === 0) {
      continue;
    }
    time.after(` (${local.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })} here)`);
  }
}

function tell(kind, sentence, more = "") {
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  for (const [className, text] of [["message", sentence], ["hint", more]]) {
    if (text) {
      const line = document.createElement("p");
      line.className = className;
      line.textContent = text;
      notice.append(line);
    }
  }
  fill(notice);
  result.scrollIntoView({ block: "nearest" });
}

function prepare(root) {
  for (const tool of root.querySelectorAll("[data-script]")) {
    tool.hidden = false;
  }
  for (const replaced of root.querySelectorAll(".base64")) {
    replaced.hidden = true;
  }
}

// ---- Keys

$("make-key").addEventListener("click", () => {
  key.value = randomGroups();
  stopEditing();
  key.focus();
});

key.addEventListener("input", () => stopEditing());
database.addEventListener("input", () => stopEditing());

// ---- Editing: Set replaces only the version that was read, and keeps its expiry.

function edit({ version: read, expires }) {
  if (!mayReplaceForm()) {
    return;
  }
  removeFile();
  value.value = storedText = $("shown").textContent;
  database.value = asked.database;
  key.value = asked.key;
  version.value = read;
  form.elements.once.checked = false;
  edited = null;
  ttl.value = until.value = "";
  if (expires) {
    const time = new Date(Number(expires));
    ttl.value = "date";
    until.value = new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    edited = { until: until.value, expires: time };
    $("options").open = true;
  }
  $("editing").hidden = false;
  value.focus();
}

function stopEditing() {
  version.value = "";
  edited = null;
  $("editing").hidden = true;
}

$("stop-editing").addEventListener("click", () => {
  stopEditing();
  value.focus();
});

// ---- Files. A file that is plain text is put into the field. Other files are stored as bytes.

async function choose(files) {
  complain("");
  if (files.length > 1) {
    complain("Choose one file. To store several, put them into an archive first.");
    return;
  }
  const [chosen] = files;
  if (chosen.size > maxValueBytes) {
    complain(`This file is too large: ${formatSize(chosen.size)}. This server stores at most ${formatSize(maxValueBytes)}.`);
    return;
  }
  if (!mayReplaceForm()) {
    return;
  }

  const bytes = await readFile(chosen);
  if (!bytes) {
    complain(FILE_UNREADABLE);
    return;
  }

  // A text field would change NUL and CR.
  const decoded = decodeText(bytes);
  const text = /[\0\r]/.test(decoded) ? null : decoded;
  chosenFile = text === null ? bytes : null;
  value.value = text ?? "";
  $("file-name").textContent = describeFile(chosen, safeName(chosen.name));
  $("file-box").hidden = text !== null;
  $("text-box").hidden = text === null;
}

function removeFile() {
  chosenFile = null;
  file.value = "";
  $("file-name").textContent = "";
  $("file-box").hidden = true;
  $("text-box").hidden = false;
}

function complain(sentence) {
  $("value-error").textContent = sentence;
}

$("choose-file").addEventListener("click", () => file.click());
file.addEventListener("change", async () => {
  await choose(file.files);
  file.value = "";
});
$("remove-file").addEventListener("click", () => {
  removeFile();
  value.focus();
});
acceptDrops(form, choose);

// ---- Links: the fragment contains the database and the key. Browsers do not send it to the server.

async function makeLink() {
  const link = $("link");
  link.value = `${location.origin}${location.pathname}#database=${encodeURIComponent(asked.database)}&key=${percentEncode(asked.key)}`;
  $("link-field").hidden = false;
  $("link-copied").textContent = await copy(link.value, link) ? "Copied." : "Copy it from here.";
}

// Chats and mail programs cut off these characters at the end of a link.
function percentEncode(text) {
  return encodeURIComponent(text.toWellFormed?.() ?? text).replace(/[!'()*.~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function openLink() {
  const fragment = location.hash.slice(1);
  if (!isLink(fragment) && !/(^|&)key=/.test(fragment)) {
    return;
  }

  // Removes the key from the address first.
  history.replaceState(null, "", location.pathname);
  if (busy || !mayReplaceResult()) {
    return;
  }
  if (isLink(fragment)) {
    result.replaceChildren();
    openEndToEndLink(fragment);
    return;
  }
  if (!closeLink()) {
    return;
  }
  stopEditing();

  try {
    // URLSearchParams is not used: it decodes + as a space, and accepts bytes that are not UTF-8.
    const fields = new Map(fragment.split("&").map(part => [part.split("=", 1)[0], decodeURIComponent(part.slice(part.indexOf("=") + 1))]));
    database.value = fields.get("database") ?? "0";
    key.value = fields.get("key");
    if (key.value !== fields.get("key")) {
      key.value = "";
      tell("error", "The key in this link has line breaks, which a form field cannot hold. Read it with the API: see the API docs.");
      return;
    }
    tell("ask", "The link has filled in the database and the key. Nothing has been read yet. Press Get to read the value.",
      "Your browser may have stored the link, with the key, in its history. If others use this device, delete it there.");
  } catch {
    tell("error", "This link is damaged. Ask for it again.");
  }
}

// ---- What a result offers

result.addEventListener("click", async event => {
  const button = event.target.closest("button");
  switch (button?.id) {
    case "copy-value":
      if (await copy($("shown").textContent, $("shown"))) {
        noteSaved("Copied.");
      } else {
        $("saved").textContent = "Selected. Copy it now.";
      }
      break;
    case "download-value":
      download($("shown").classList.contains("base64") ? fromBase64($("shown").textContent) : $("shown").textContent, button.dataset.name);
      noteSaved("The download has started.");
      break;
    case "edit":
      edit(button.dataset);
      break;
    case "make-link":
      await makeLink();
      break;
    case "cancel":
      result.replaceChildren();
      key.focus();
      break;
    default:
  }
});

result.addEventListener("copy", () => {
  isSaved = true;
});

function noteSaved(sentence) {
  isSaved = true;
  $("saved").textContent = sentence;
}

// ---- Leaving. With the Back button the page holds no key and no value, whether it is restored or loaded again.

addEventListener("beforeunload", event => {
  if ((holdsGone() && !isSaved) || holdsUnstored()) {
    event.preventDefault();
  }
});

function clear() {
  leaving.abort(); // A response must not be shown after the page was cleared.
  leaving = new AbortController();
  // reset() restores what the server wrote into the form. After a post without this script, that is what the user typed.
  key.removeAttribute("value");
  form.elements.token?.removeAttribute("value");
  value.textContent = "";
  form.reset();
  removeFile();
  stopEditing();
  asked = null;
  storedText = "";
  result.replaceChildren();
}

addEventListener("pagehide", clear);

// ---- Start

prepare(document);
$("unencrypted").hidden = location.protocol === "https:" || isSecureContext;
$("time-zone").textContent = `in ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
if (result.querySelector(".notice")) {
  asked = { database: database.value, key: key.value }; // The form was sent before this script was loaded.
}
openLink();
addEventListener("hashchange", openLink);
