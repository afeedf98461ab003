"use strict";
// Draws the charts of a page and serves its few controls; asks nothing of any network.
const drawing = (() => {
  let ready;

  // Five signs hold four bytes: see `pack` in bundle.py.
  const SIGNS =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
  const VALUES = new Uint8Array(128);
  [...SIGNS].forEach((sign, value) => (VALUES[sign.charCodeAt(0)] = value));

  function bytesOf(packed) {
    const groups = Math.ceil(packed.length / 5);
    const signs = packed.padEnd(5 * groups, "~");
    const bytes = new DataView(new ArrayBuffer(4 * groups));
    for (let group = 0; group < groups; group++) {
      let word = 0;
      for (let k = 5 * group; k < 5 * group + 5; k++) word = 85 * word + VALUES[signs.charCodeAt(k)];
      bytes.setUint32(4 * group, word);
    }
    return new Uint8Array(bytes.buffer, 0, Math.floor((4 * packed.length) / 5));
  }

  async function unpack(packed) {
    const bytes = new Blob([bytesOf(packed)]).stream();
    return new Response(bytes.pipeThrough(new DecompressionStream("gzip"))).text();
  }

  async function load() {
    const packed = globalThis.sendwarmthCharts ?? document.getElementById("packed")?.textContent;
    if (!packed) throw new Error("no drawing library");
    const script = document.createElement("script");
    script.textContent = await unpack(packed.trim());
    document.head.append(script);
    if (!globalThis.Plotly) throw new Error("the drawing library did not start");
    return globalThis.Plotly;
  }

  const config = {
    displayModeBar: false,
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    responsive: true,
    doubleClick: false,
  };

  async function draw(place) {
    if (place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    const { data, layout } = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const font = { family: getComputedStyle(document.body).fontFamily, size: 13 };
    const clear = "rgba(0,0,0,0)";
    try {
      const plotly = await (ready ??= load());
      place.querySelector(".waiting")?.remove();
      const paper = { paper_bgcolor: clear, plot_bgcolor: clear, font };
      await plotly.newPlot(place, data, { ...layout, ...paper, autosize: true }, config);
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", place.closest("figure").getAttribute("aria-label"));
      place.dataset.drawn = "done";
    } catch (problem) {
      console.info(problem);
      place.hidden = true;
      place.parentElement.querySelector(".failed").hidden = false;
    }
  }

  return { draw, unpack };
})();

// The levers: the panel's module and its data, unpacked; another position is marked as such.
(async () => {
  const place = document.getElementById("levers");
  if (!place) return;
  const packed = (id) => drawing.unpack(document.getElementById(id).textContent.trim());
  try {
    globalThis.sendwarmthLive = JSON.parse(await packed("live-data"));
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = await packed("live-code");
    place.replaceChildren();
    document.head.append(script);
  } catch (problem) {
    console.info(problem);
    place.replaceChildren();
  }
})();

const plots = [...document.querySelectorAll(".plot")];
const folded = (plot) => plot.closest("details:not([open])") !== null;
for (const plot of plots) if (!folded(plot)) drawing.draw(plot);
for (const details of document.querySelectorAll("details.unit")) {
  details.addEventListener("toggle", () => {
    if (details.open) details.querySelectorAll(".plot").forEach(drawing.draw);
  });
}

const exact = document.getElementById("exact");
exact?.addEventListener("change", () => document.body.classList.toggle("exact", exact.checked));
document.getElementById("print")?.addEventListener("click", () => window.print());

// On a phone the contents start folded, so that the page starts with what is asked.
const contents = document.querySelector("nav > details");
if (contents && matchMedia("(max-width: 60rem)").matches) contents.open = false;
