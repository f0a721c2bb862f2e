// Draws each picture when it comes into view, in the colours of the reader's light or dark page.
(() => {
  "use strict";
  const root = document.documentElement;
  const night = matchMedia("(prefers-color-scheme: dark)");
  const darkOf = JSON.parse(document.getElementById("dark-colours").textContent);
  const pictures = [...document.querySelectorAll("figure.picture")];
  const drawn = new Set();
  let light = false; // on paper: light colours, and widths that fit the narrower columns

  window.addEventListener("error", (event) => { root.dataset.error = event.message; });
  window.addEventListener("unhandledrejection", (event) => { root.dataset.error = String(event.reason); });

  const themed = (key, value) =>
    night.matches && !light && /color$/i.test(key) && typeof value === "string" ? darkOf[value] || value : value;

  function draw(picture) {
    const figure = JSON.parse(picture.querySelector("script").textContent, themed);
    figure.layout.hoverlabel.bgcolor = getComputedStyle(document.body).backgroundColor;
    if (light) figure.layout.width = picture.closest(".gallery") ? 310 : 640;
    drawn.add(picture);
    Plotly.react(picture.querySelector(".canvas"), figure.data, figure.layout, {
      displayModeBar: false, responsive: true, showTips: false,
    });
    root.dataset.drawn = drawn.size;
  }

  const pending = () => pictures.filter((picture) => !drawn.has(picture));

  async function unpack() {
    const packed = atob(document.getElementById("drawing-library").textContent);
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  function drawRest() {
    const [next] = pending();
    if (next) { draw(next); setTimeout(drawRest, 30); }
  }

  function watch() {
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting && !drawn.has(entry.target)) draw(entry.target);
      }
    }, { rootMargin: "400px" });
    pictures.forEach((picture) => observer.observe(picture));
    setTimeout(drawRest, 1000); // the rest follows one by one, so that searching and printing find all
  }

  function redraw() { [...drawn].forEach(draw); }

  function offerCopying() {
    for (const button of document.querySelectorAll("button.copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = button.parentElement.querySelector("code");
        try {
          await navigator.clipboard.writeText(text.textContent);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(text);
          button.textContent = "Press Ctrl+C";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    }
  }

  offerCopying();
  if (!pictures.length) return;
  unpack().then(() => {
    watch();
    night.addEventListener("change", redraw);
    window.addEventListener("beforeprint", () => { light = true; pending().forEach(draw); redraw(); });
    window.addEventListener("afterprint", () => { light = false; redraw(); });
  });
})();
