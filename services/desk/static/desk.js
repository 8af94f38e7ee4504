// What pages do beyond the browser's own. Everything here is an extra: each page works without it, except that
// news do not come by themselves.

const body = document.body;

// GOV.UK's components: counting characters, focus on the summary of faults, no second click on a button.
const components = import(body.dataset.govuk);
body.classList.add("js-enabled", "govuk-frontend-supported");
const enliven = (scope) => components.then((all) => all.initAll({ scope }));
enliven(document);
body.addEventListener("htmx:load", ({ detail }) => detail.elt !== body && enliven(detail.elt));

// A message that was there from the start is read out only if it arrives.
const said = document.querySelector("#said > .said");
if (said) setTimeout(() => said.replaceWith(said.cloneNode(true)), 200);

// A stream that ends is no error: the browser opens it again by itself. Only one that stays closed is told of.
htmx.createEventSource = (address) => {
  const stream = new EventSource(address);
  let tell;
  Object.defineProperty(stream, "onerror", { get: () => tell, set: (listener) => (tell = listener) });
  stream.addEventListener("error", (event) => stream.readyState === EventSource.CLOSED && tell?.(event));
  return stream;
};

// News. The page was asked for again; what is new is counted, what changed is changed in its place, nothing moves.
const parser = new DOMParser();
const inUse = (element) => element.contains(document.activeElement);
const replace = (mine, theirs) => {
  if (mine.outerHTML === theirs.outerHTML || inUse(mine)) return;
  const boxes = mine.querySelectorAll("input[type=checkbox]");
  theirs.querySelectorAll("input[type=checkbox]").forEach((box, place) => {
    box.checked = boxes[place]?.checked ?? box.checked;
  });
  mine.replaceWith(theirs);
  htmx.process(theirs);
  enliven(theirs);
};
const leave = (item) => {
  const note = document.createElement("p");
  note.className = "gone";
  note.textContent = "No longer in this list";
  item.classList.add("is-gone");
  item.append(note);
};
const compareList = (mine, theirs) => {
  const there = [...theirs.children].filter((item) => item.id);
  if (!mine) return there.length;
  const known = new Set([...mine.children].map((item) => item.id));
  for (const item of [...mine.children].filter((child) => child.id)) {
    const now = there.find((other) => other.id === item.id);
    if (now) replace(item, now);
    else if (!item.classList.contains("is-gone")) leave(item);
  }
  // Where there are more pages, what only moved up from the next one is not new.
  const end = "more" in theirs.dataset ? there.findLastIndex((item) => known.has(item.id)) : there.length;
  return there.slice(0, Math.max(end, 0)).filter((item) => !known.has(item.id)).length;
};
const compare = (html) => {
  const now = parser.parseFromString(html, "text/html");
  let fresh = 0;
  for (const theirs of [...now.querySelectorAll("[data-live]")]) {
    const mine = document.getElementById(theirs.id);
    if (theirs.dataset.live === "list") fresh += compareList(mine, theirs);
    else if (mine) replace(mine, theirs);
  }
  const news = document.getElementById("news");
  if (!fresh) {
    news.replaceChildren();
    return;
  }
  const bar = document.createElement("p");
  bar.className = "news-bar";
  const show = document.createElement("a");
  show.textContent = "Show";
  show.href = location.href;
  for (const [name, value] of [["hx-get", location.href], ["hx-select", "#main"], ["hx-target", "#main"], ["hx-swap", "outerHTML"], ["data-news", ""]]) {
    show.setAttribute(name, value);
  }
  bar.append(`${fresh} new `, show);
  news.replaceChildren(bar);
  htmx.process(bar);
};
body.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "news" && event.detail.successful) compare(event.detail.xhr.responseText);
});
// What was just shown has the focus, so that nobody has to look for it.
body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.elt?.hasAttribute("data-news")) {
    document.getElementById("news").replaceChildren();
    document.getElementById("main").focus({ preventScroll: true });
  }
});

// "Why a 6 and not a 3?": the question with the number that was chosen.
const why = (number) => {
  if (number === 0) return "What makes it a 0 today?";
  return `Why ${number === 8 ? "an" : "a"} ${number} and not a ${Math.max(0, number - 3)}?`;
};
const ask = (ruler) => {
  const chosen = ruler.querySelector(".ruler-mark input:checked");
  const words = ruler.querySelector("[data-ruler-why]");
  if (chosen && words) words.textContent = why(Number(chosen.value));
};
document.querySelectorAll("[data-ruler]").forEach(ask);
document.addEventListener("change", (event) => {
  const ruler = event.target.closest("[data-ruler]");
  if (ruler) ask(ruler);
});

// Saved as you type. What is on its way when the page is left still goes.
const keep = (form) => {
  const note = form.querySelector("[data-kept]") ?? document.querySelector("[data-kept]");
  const say = (words, waiting) => {
    if (!note) return;
    note.textContent = words;
    note.classList.toggle("is-waiting", waiting);
  };
  let timer = 0;
  let changed = false;
  let wait = 1000;
  let sending = false;

  const send = async (leaving = false) => {
    clearTimeout(timer);
    if (!changed || (sending && !leaving)) return;
    changed = false;
    sending = true;
    try {
      const answer = await fetch(form.dataset.keeps, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-Keeps": "1" },
        keepalive: leaving,
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      wait = 1000;
      say("Saved", false);
    } catch {
      changed = true;
      wait = Math.min(wait * 2, 30000);
      say("Not saved yet. It stays on this page, and we keep trying.", true);
      timer = setTimeout(send, wait);
    } finally {
      sending = false;
      if (changed && wait === 1000) later();
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, 700);
  };
  form.addEventListener("input", () => {
    changed = true;
    later();
  });
  form.addEventListener("submit", () => {
    changed = false;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => send(true));
  addEventListener("online", () => send());
};
document.querySelectorAll("form[data-keeps]").forEach(keep);

// Everything in a list at once.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-choose-all]");
  if (!all) return;
  for (const box of document.getElementsByName(all.dataset.chooseAll)) box.checked = all.checked;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
