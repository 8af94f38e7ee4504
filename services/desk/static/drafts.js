// A conversation is saved as one types. What could not be saved yet stays in this tab, survives a reload and being
// signed out, and goes as soon as it can; it is gone with the tab, so that nothing is left on a shared computer.

const form = document.querySelector("form[data-draft]");
const note = form?.querySelector("[data-draft-note]");
const place = form && `draft/${form.dataset.draft}`;
const hidden = (name) => form.elements.namedItem(name);
const OWN = new Set(["version", "page", "turn", "then", "heard"]);
const NOT_YET = "Not saved yet. It stays in this tab, and we keep trying.";
const ELSEWHERE = "Another window of yours has changed this page. What you typed stays here: go on to see both.";

const say = (words, waiting = false, link) => {
  note.textContent = words;
  note.classList.toggle("is-waiting", waiting);
  if (!link) return;
  const way = document.createElement("a");
  way.href = link;
  way.target = "_blank";
  way.rel = "opener";
  way.textContent = "Sign in again in another tab";
  note.append(" ", way);
};
const typed = () => [...new FormData(form)].filter(([name]) => !OWN.has(name));

// What this tab keeps until it is saved.
const remember = () => {
  const kept = { typed: typed(), version: hidden("version").value, page: hidden("page").value, turn: Number(hidden("turn").value) };
  try {
    sessionStorage.setItem(place, JSON.stringify(kept));
  } catch {
    // No room: what stands on the page still goes as soon as it can.
  }
};
const forget = () => sessionStorage.removeItem(place);

const fill = (pairs) => {
  const left = new Map();
  for (const [name, value] of pairs) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || OWN.has(field.name) || field.type === "submit") continue;
    const values = left.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else field.value = values.length ? values.shift() : "";
  }
};

const begin = () => {
  let timer = 0;
  let changed = false;
  let busy = false;
  let stopped = false;
  let wait = 1000;

  const later = (soon) => {
    clearTimeout(timer);
    timer = setTimeout(send, soon);
  };
  const next = () => {
    hidden("turn").value = String(Number(hidden("turn").value) + 1);
  };
  const settle = async (answer) => {
    if (answer.ok) {
      const told = await answer.json();
      hidden("version").value = told.version;
      wait = 1000;
      if (!changed) {
        forget();
        say(told.saved);
      }
      return;
    }
    if (answer.status === 409) {
      stopped = true;
      say(ELSEWHERE, true);
      return;
    }
    if (answer.status === 401) {
      say("You have been signed out. What you typed stays in this tab.", true, `/sign-in?after=${encodeURIComponent("/intake")}`);
    }
    throw new Error(String(answer.status));
  };
  async function send(leaving = false) {
    clearTimeout(timer);
    if (!changed || stopped || (busy && !leaving)) return;
    changed = false;
    busy = true;
    next();
    remember();
    try {
      const body = new URLSearchParams(new FormData(form));
      const headers = { "X-Keeps": "1", Accept: "application/json" };
      await settle(await fetch(form.action, { method: "POST", body, headers, keepalive: leaving }));
    } catch (problem) {
      changed = true;
      wait = Math.min(wait * 2, 15000);
      if (problem.message !== "401") say(NOT_YET, true);
      later(wait);
    } finally {
      busy = false;
      if (changed && !stopped && wait === 1000) later(300);
    }
  }

  const touched = () => {
    changed = true;
    remember();
    if (!stopped) later(500);
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  form.addEventListener("submit", () => {
    next();
    remember();
    changed = false;
    stopped = true;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => send(true));
  addEventListener("online", () => send());
  addEventListener("beforeunload", (event) => {
    if (changed && !navigator.onLine) event.preventDefault();
  });

  // What this tab still has from before, unless it was saved after all.
  const kept = JSON.parse(sessionStorage.getItem(place) ?? "null");
  const saved = kept && kept.page === form.dataset.writtenFrom && kept.turn <= Number(form.dataset.writtenTurn);
  if (!kept) return;
  if (saved || JSON.stringify(kept.typed) === JSON.stringify(typed())) {
    forget();
    return;
  }
  fill(kept.typed);
  hidden("version").value = kept.version;
  say("What you typed before is back.", true);
  changed = true;
  later(200);
};

if (form && !form.querySelector("fieldset:disabled")) begin();
