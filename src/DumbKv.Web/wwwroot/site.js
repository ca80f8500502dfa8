// The page works without this file, by plain form posts. With it the page does not reload, generates keys, shares them as links,
// and clears itself when the user leaves. Nothing is stored: not in storage, not in the title, not in the address.
import { copy } from "./common.mjs";
import { containsKey, isLink, randomGroups } from "./e1.mjs";
import { closeLink, openLink as openEndToEndLink } from "./open.mjs";

const form = document.getElementById("kv");
const { key, database, until } = form.elements;
const result = document.getElementById("result");
const link = document.getElementById("link");
const linkField = document.getElementById("link-field");
const linkCopied = document.getElementById("link-copied");

// ---- Get, Set and Delete without a reload. The server responds with a whole page, and the result is copied from it.

let busy = false;
let leaving = new AbortController();

document.getElementById("values").addEventListener("submit", async event => {
  event.preventDefault();
  if (busy) {
    return;
  }
  if (containsKey(event.target.elements.key.value)) {
    tell("error", "This is an end-to-end key, so the page did not send it to the server.", "To open a secret, open its link. It has the form …/#key=e1-…");
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

// The server's page. If it could not be loaded, a sentence that explains why.
async function ask(address, fields) {
  try {
    const response = await fetch(address, { method: "POST", body: fields, signal: leaving.signal });
    return response.headers.get("content-type")?.startsWith("text/html")
      ? { page: new DOMParser().parseFromString(await response.text(), "text/html") }
      : { problem: (await response.json()).detail };
  } catch {
    return { problem: "The server could not be reached, or its response was incomplete. The request may or may not have been executed. Check the connection and try again." };
  }
}

function fieldsOf(sender, button) {
  const fields = new FormData(sender, button);

  // The user chose a time in the local time zone, and the form's field is in UTC. A question's form repeats what was sent.
  if (sender === form && until.value) {
    fields.set("until", new Date(until.value).toISOString().slice(0, 16));
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
  if ([...errors].some(error => !document.getElementById(error.id))) {
    tell("error", "The server's page has changed since you opened this one. Copy what you still need, then reload the page.");
    return;
  }

  for (const error of errors) {
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

document.getElementById("make-key").addEventListener("click", () => {
  key.value = randomGroups();
  forgetLink();
  key.focus();
});

// ---- Links: the fragment contains the database and the key. Browsers do not send it to the server.

document.getElementById("make-link").addEventListener("click", async () => {
  if (!key.value) {
    tell("error", "Type a key first: the link contains it.");
    key.focus();
    return;
  }

  link.value = `${location.origin}${location.pathname}#database=${encodeURIComponent(database.value || "0")}&key=${percentEncode(key.value)}`;
  linkField.hidden = false;
  linkCopied.textContent = await copy(link.value, link) ? "Copied." : "Copy it from here.";
});

// Chats and mail programs cut off these characters at the end of a link.
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
  if (isLink(fragment)) {
    history.replaceState(null, "", location.pathname);
    openEndToEndLink(fragment);
    return;
  }
  if (!/(^|&)key=/.test(fragment)) {
    return;
  }

  // Removes the key from the address first.
  history.replaceState(null, "", location.pathname);
  if (!closeLink()) {
    return;
  }
  forgetLink();

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

// ---- Copying

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

// ---- Leaving. With the Back button the page holds no key and no value, whether it is restored or loaded again.

function clear() {
  leaving.abort(); // A response must not be shown after the page was cleared.
  leaving = new AbortController();
  // reset() restores what the server wrote into the form. After a post without this script, that is what the user typed.
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
