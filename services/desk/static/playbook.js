// From a line that has to be looked at again to that line in the text. Without scripts the lines are shown above it.
const text = document.querySelector("#text");

const select = (number) => {
  const lines = text.value.split("\n");
  const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, number - 5);
};

if (text) {
  document.querySelectorAll(".excerpt-go").forEach((way) => way.removeAttribute("hidden"));
  document.addEventListener("click", (event) => {
    const way = event.target.closest("[data-line]");
    if (!way) return;
    event.preventDefault();
    select(Number(way.dataset.line));
  });
}
