// What pages do beyond the browser's own. Everything here is an extra: each page works without it, except that
// news do not come by themselves.

const body = document.body;

// GOV.UK's components: counting characters, focus on the summary of faults, no second click on a button.
const components = import(body.dataset.govuk);
body.classList.add("js-enabled", "govuk-frontend-supported");
const enliven = (scope) => components.then((all) => all.initAll({ scope }));
enliven(document);
body.addEventListener("htmx:afterSwap", (event) => enliven(event.detail.target));

// A message that was there from the start is read out only if it arrives.
const said = document.querySelector("#said > .said");
if (said) setTimeout(() => said.replaceWith(said.cloneNode(true)), 200);

// What was just shown has the focus, so that nobody has to look for it.
body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.requestConfig?.elt?.hasAttribute("data-news")) {
    document.getElementById("news")?.replaceChildren();
    document.getElementById("main")?.focus({ preventScroll: true });
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
