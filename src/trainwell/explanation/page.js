// Steps through a picture: shows what belongs to the step, marks what happens in it, tells what is chosen.
(() => {
  "use strict";
  const root = document.documentElement;
  window.addEventListener("error", (event) => { root.dataset.error = event.message; });
  const all = (selector) => [...document.querySelectorAll(selector)];
  const stops = all(".stops > li"), box = document.querySelector(".stage-box"), tell = document.querySelector(".tell");
  const timed = all("[data-from], [data-until], [data-now]");
  const phases = all("button.phase"), moves = all("button.move"), place = document.querySelector(".place");
  const last = stops.length - 1;
  let current = 0;

  function bringIntoView(shapes) {
    if (!box || !shapes.length || box.scrollWidth <= box.clientWidth) return;
    const edges = shapes.map((shape) => shape.getBoundingClientRect());
    const left = Math.min(...edges.map((edge) => edge.left)), right = Math.max(...edges.map((edge) => edge.right));
    const middle = (left + right) / 2 - box.getBoundingClientRect().left - box.clientWidth / 2;
    box.scrollLeft += middle;
  }

  function show(step) {
    current = Math.min(Math.max(step, 0), last);
    for (const shape of timed) {
      const { from = "0", until = "9999", now = "" } = shape.dataset;
      shape.classList.toggle("later", current < Number(from) || current >= Number(until));
      shape.classList.toggle("now", now.split(" ").includes(String(current)));
    }
    stops.forEach((stop, at) => { stop.hidden = at !== current; });
    const phase = stops[current].dataset.phase;
    for (const button of phases) button.setAttribute("aria-pressed", String(button.textContent === phase));
    moves[0].disabled = current === 0;
    moves[1].disabled = current === last;
    place.textContent = `${current + 1} of ${stops.length}`;
    root.dataset.step = current;
    bringIntoView(all(".unit.now, .node.now"));
  }

  function choose(shape) {
    for (const other of all(".chosen")) other.classList.remove("chosen");
    shape.classList.add("chosen");
    tell.hidden = false;
    tell.textContent = shape.dataset.tell;
  }

  for (const button of phases) button.addEventListener("click", () => show(Number(button.dataset.to)));
  for (const button of moves) button.addEventListener("click", () => show(current + Number(button.dataset.by)));
  for (const shape of all("[data-tell]")) {
    shape.addEventListener("click", () => choose(shape));
    shape.addEventListener("focus", () => choose(shape));
  }
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.(".scroll")) return;
    const to = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });

  root.classList.add("stepping");
  document.querySelector(".controls").hidden = false;
  const asked = Number(location.hash.replace("#step-", "")) - 1;
  show(asked > 0 ? asked : 0);
})();
