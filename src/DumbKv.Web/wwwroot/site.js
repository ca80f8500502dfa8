// The page works without this file, by plain form posts. With it nothing reloads, keys can be made and shared as links,
// and leaving the page clears it. Nothing here is kept anywhere: not in storage, not in the title, not in the address.
"use strict";

// No 0 o, 1 l i, 2 z, 5 s or u v: a key may be read from paper and typed.
const ALPHABET = "346789abcdefghjkmnpqrtwxy";
const GROUPS = 7; // Of four characters each: 28 × log2(25) = 130 bits.

const form = document.getElementById("kv");
const { key, database, until } = form.elements;
const result = document.getElementById("result");
const link = document.getElementById("link");
const linkField = document.getElementById("link-field");
const linkCopied = document.getElementById("link-copied");

// ---- Get, Set and Delete without a reload: the server answers with the same page, and its answer is taken out of it.

let busy = false;
let leaving = new AbortController();

document.addEventListener("submit", async event => {
  event.preventDefault();
  if (busy) {
    return;
  }

  busy = true;
  result.setAttribute("aria-busy", "true");
  try {
    show(await ask(event.target.getAttribute("action"), fieldsOf(event.target, event.submitter)));
  } finally {
    busy = false;
    result.removeAttribute("aria-busy");
  }
});

// The server's page; where it could not be had, the sentence that says why.
async function ask(address, fields) {
  try {
    const response = await fetch(address, { method: "POST", body: fields, signal: leaving.signal });
    return response.headers.get("content-type")?.startsWith("text/html")
      ? { page: new DOMParser().parseFromString(await response.text(), "text/html") }
      : { problem: (await response.json()).detail };
  } catch {
    return { problem: "The server could not be reached, or its answer was cut off. What you asked for may or may not have been done. Check the connection and try again." };
  }
}

function fieldsOf(sender, button) {
  const fields = new FormData(sender, button);

  // The person chose a time of their own zone; the form's field is UTC. A question's form repeats what was sent.
  if (sender === form && until.value) {
    fields.set("until", new Date(until.value).toISOString().slice(0, 16));
  }

  return new URLSearchParams(fields);
}

function show({ page, problem }) {
  if (!page?.getElementById("result")) {
    tell("error", problem ?? "Something between this page and the server answered in its place. Reload the page and try again.");
    return;
  }

  // The server marks what deserves the focus, for browsers without a script. It must not reach this page as an attribute,
  // which would be a second autofocus in one page's life.
  const marked = page.querySelector("[autofocus]");
  marked?.removeAttribute("autofocus");

  for (const error of page.querySelectorAll(".field-error")) {
    document.getElementById(error.id).textContent = error.textContent;
    const field = document.getElementById(error.id.replace("-error", ""));
    if (error.textContent) {
      field.setAttribute("aria-invalid", "true");
    } else {
      field.removeAttribute("aria-invalid");
    }
  }

  const focusWasInside = result.contains(document.activeElement);
  fill(...page.getElementById("result").childNodes);

  // An answer is announced where it stands. The focus moves to what must be mended or decided, or when its own place is gone.
  const target = marked && document.getElementById(marked.id);
  if (target && (focusWasInside || form.contains(target) || result.querySelector("form"))) {
    target.closest("details")?.setAttribute("open", "");
    target.focus();
  }
  result.scrollIntoView({ block: "nearest" });
  target?.scrollIntoView({ block: "nearest" });
}

function fill(...nodes) {
  result.replaceChildren(...nodes);
  revealTools(result);
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

function revealTools(root) {
  for (const tool of root.querySelectorAll("[data-script]")) {
    tool.hidden = false;
  }
}

// ---- Keys

function makeKey() {
  const characters = [];
  const byte = new Uint8Array(1);
  // The largest multiple of the alphabet's length in a byte: beyond it the first characters would come up more often.
  const bound = 256 - (256 % ALPHABET.length);

  while (characters.length < GROUPS * 4) {
    crypto.getRandomValues(byte);
    if (byte[0] < bound) {
      characters.push(ALPHABET[byte[0] % ALPHABET.length]);
    }
  }

  return characters.join("").match(/.{4}/g).join("-");
}

document.getElementById("make-key").addEventListener("click", () => {
  key.value = makeKey();
  forgetLink();
  key.focus();
});

// ---- Links: the fragment holds database and key. Browsers do not send it to the server.

document.getElementById("make-link").addEventListener("click", async () => {
  if (!key.value) {
    tell("error", "Type a key first: the link is made of it.");
    key.focus();
    return;
  }

  link.value = `${location.origin}${location.pathname}#database=${encodeURIComponent(database.value || "0")}&key=${percentEncode(key.value)}`;
  linkField.hidden = false;
  linkCopied.textContent = await copy(link.value, link) ? "Copied." : "Copy it from here.";
});

// Chats and mail programs leave such a character out of the link when it comes last.
function percentEncode(text) {
  return encodeURIComponent(text.toWellFormed?.() ?? text).replace(/[!'()*.~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function forgetLink() {
  link.value = "";
  linkField.hidden = true;
  linkCopied.textContent = "";
}

key.addEventListener("input", forgetLink);
database.addEventListener("input", forgetLink);

function openLink() {
  const fragment = location.hash.slice(1);
  if (!/(^|&)key=/.test(fragment)) {
    return;
  }

  // Out of the address before anything else is done with it.
  history.replaceState(null, "", location.pathname);
  forgetLink();

  try {
    // By hand: URLSearchParams reads + as a space and passes over bytes that are not UTF-8.
    const fields = new Map(fragment.split("&").map(part => [part.split("=", 1)[0], decodeURIComponent(part.slice(part.indexOf("=") + 1))]));
    database.value = fields.get("database") ?? "0";
    key.value = fields.get("key");
    if (key.value !== fields.get("key")) {
      key.value = "";
      tell("error", "The key in this link has line breaks, which a form field cannot hold. Read it with the API: see the API docs.");
      return;
    }
    tell("ask", "The link has filled in the database and the key. Nothing has been read yet: press Get to read the value.",
      "Your browser may have kept the link, with the key, in its history. If others use this device, remove it there.");
  } catch {
    tell("error", "This link is damaged. Ask for it again.");
  }
}

// ---- Copying

async function copy(text, shownIn) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http, or not allowed: select it, so that one more key press copies it.
    shownIn.closest("details")?.setAttribute("open", "");
    if (shownIn === link) {
      link.select();
    } else {
      getSelection().selectAllChildren(shownIn);
    }
    return false;
  }
}

result.addEventListener("click", async event => {
  const button = event.target.closest("button");

  if (button?.dataset.copies) {
    const shown = document.getElementById(button.dataset.copies);
    button.textContent = await copy(shown.textContent, shown) ? "Copied" : "Selected: copy it now";
  } else if (button?.id === "cancel") {
    result.replaceChildren();
    key.focus();
  }
});

// ---- Leaving. A page that is shown again with the Back button, restored or not, holds no key and no value.

function clear() {
  leaving.abort(); // An answer must not come in after the page was cleared.
  leaving = new AbortController();
  // A form is reset to what the server wrote into it, which after a post without this script is what was typed.
  key.removeAttribute("value");
  form.elements.token?.removeAttribute("value");
  form.elements.value.textContent = "";
  form.reset();
  forgetLink();
  result.replaceChildren();
}

addEventListener("pagehide", clear);

// ---- Start

revealTools(document);
document.getElementById("time-zone").textContent = `in ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
openLink();
addEventListener("hashchange", openLink);
