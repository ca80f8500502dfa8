// The page can be read without this file. It adds "Try it" to each operation, the address of this server to the commands, and
// buttons that copy them. Nothing is stored, and leaving clears the page.
import { copy, decodeText, UNKNOWN_OUTCOME } from "./common.mjs";

const forms = [...document.querySelectorAll(".try form")];
const tokens = document.querySelectorAll("[data-token]");

// A key of this visit, so that examples of different visitors do not meet, and a secret under it cannot be guessed.
const key = `try-${[...crypto.getRandomValues(new Uint8Array(10))].map(byte => byte.toString(16).padStart(2, "0")).join("")}`;

let leaving = new AbortController();

// ---- Commands

for (const command of document.querySelectorAll(".command")) {
  command.textContent = command.textContent.replaceAll("http://localhost:8000", location.origin);
}

document.querySelector("main").addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    const command = button.parentElement.querySelector("pre");
    button.textContent = await copy(command.textContent, command) ? "Copied" : "Selected: copy it now";
  }
});

// ---- Try it


const withKey = example => JSON.stringify({ ...JSON.parse(example), key }, null, 2);

for (const form of forms) {
  const part = name => form.querySelector(`[data-${name}]`);
  const body = part("body");
  let busy = false;

  body.value = withKey(body.value);
  part("example")?.addEventListener("change", event => {
    body.value = withKey(event.target.value);
    refuse("");
  });

  // One token is enough for all operations.
  part("token")?.addEventListener("input", event => {
    for (const token of tokens) {
      token.value = event.target.value;
    }
  });

  form.addEventListener("submit", async event => {
    event.preventDefault();
    if (busy) {
      return;
    }

    busy = true;
    refuse("");
    try {
      const request = await read();
      if (request) {
        say("Sending …");
        const answer = await send(form.getAttribute("action"), request);
        say(answer.title, { isShownBelow: true });
        form.nextElementSibling.prepend(toElement(answer));
      }
    } catch (error) {
      say(error.name === "AbortError" ? "" : error.message);
    } finally {
      busy = false;
    }
  });

  // The request that the form describes. Null if it is not to be sent.
  async function read() {
    let parsed;
    try {
      parsed = JSON.parse(body.value);
    } catch {
      refuse("The body is not valid JSON, so it was not sent."); // The browser's message would repeat a part of the body.
      return null;
    }

    // The raw text can have a key twice, and the parsed text has no escapes.
    const { containsKey } = await import("./e1.mjs").catch(() => { throw new Error(UNKNOWN_OUTCOME); });
    if (containsKey(body.value) || containsKey(JSON.stringify(parsed))) {
      refuse("This is an end-to-end key, so the page did not send it to the server. To open a secret, open its link.");
      return null;
    }

    const headers = new Headers({ "Content-Type": "application/json" });
    for (const field of form.querySelectorAll("[data-header]")) {
      try {
        if (field.value) {
          headers.set(field.dataset.header, (field.dataset.prefix ?? "") + field.value);
        }
      } catch {
        refuse(`The header ${field.dataset.header} cannot have these characters, so the request was not sent.`, field);
        return null;
      }
    }
    return { method: form.dataset.method, headers, body: body.value };
  }

  function say(sentence, { isShownBelow = false } = {}) {
    part("status").classList.toggle("announced", isShownBelow);
    part("status").textContent = sentence;
  }

  // Shows why a request was not sent, at the field to correct. Without a sentence it removes the earlier one.
  function refuse(sentence, field = body) {
    part("error").textContent = sentence;
    form.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    if (sentence) {
      field.setAttribute("aria-invalid", "true");
      field.focus();
    }
  }
}

async function send(address, request) {
  const start = performance.now();
  let response;
  let bytes;
  try {
    response = await fetch(address, { ...request, cache: "no-store", redirect: "error", signal: leaving.signal });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error(UNKNOWN_OUTCOME);
  }
  return {
    ok: response.ok,
    title: `${response.status} ${response.statusText}`.trim() + `, ${bytes.length} bytes in ${Math.round(performance.now() - start)} ms`,
    headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n"),
    body: decodeText(bytes) ?? "(These bytes are not text in UTF-8.)",
  };
}

// Earlier responses stay below, so that a second press does not take a read-once value off the screen.
function toElement({ ok, title, headers, body }) {
  const answer = document.createElement("div");
  answer.className = `notice ${ok ? "done" : "error"}`;
  const message = document.createElement("p");
  message.className = "message";
  message.textContent = title;
  answer.append(message);
  for (const [label, text] of [["Body", body], ["Headers", headers]]) {
    const content = document.createElement("pre");
    content.tabIndex = 0;
    content.setAttribute("role", "group"); // Not a region: each would be a landmark.
    content.setAttribute("aria-label", `${label} of the response`);
    content.translate = false;
    content.textContent = text;
    answer.append(content);
  }
  return answer;
}

// ---- Leaving. With the Back button the page holds no key, no value and no token.

addEventListener("pagehide", () => {
  leaving.abort(); // A response must not be shown after the page was cleared.
  leaving = new AbortController();
  for (const form of forms) {
    form.reset();
    form.querySelector("[data-body]").value = withKey(form.querySelector("[data-body]").value);
    form.querySelector("[data-status]").textContent = "";
    form.querySelector("[data-error]").textContent = "";
    form.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    form.nextElementSibling.replaceChildren();
  }
});

for (const tool of document.querySelectorAll("[data-script]")) {
  tool.hidden = false;
}
