// A page without a kernel: the panel's own module, native controls, and a model that holds traits.
// What stands above is that module; this part only mounts it.
{
  const data = globalThis.sendwarmthLive;
  const place = document.getElementById("levers");
  const words = speaker(data.words, data.language);
  const say = (key, facts) => words.say(key, facts);
  const byName = new Map(data.levers.map((lever) => [lever.name, lever]));
  const controls = new Map();
  const traits = new Map(Object.entries({ ...data, kernel: false }));
  const handlers = new Map();
  const model = {
    get: (name) => traits.get(name),
    set(name, value) {
      if (JSON.stringify(traits.get(name)) === JSON.stringify(value)) return;
      traits.set(name, value);
      for (const handler of [...(handlers.get(`change:${name}`) ?? [])]) handler();
    },
    on(event, handler) {
      handlers.set(event, [...(handlers.get(event) ?? []), handler]);
    },
    off(event, handler) {
      handlers.set(event, (handlers.get(event) ?? []).filter((other) => other !== handler));
    },
    save_changes() {},
  };
  const start = Object.fromEntries(
    [...byName.keys(), "locks", "limits"].map((name) => [name, model.get(name)]),
  );
  const differs = (name) => JSON.stringify(model.get(name)) !== JSON.stringify(start[name]);
  const moved = () => Object.keys(start).filter(differs);

  // Nobody works out an exact plan here; only the plan submitted is known to be exact.
  let answering = 0;
  function answer() {
    clearTimeout(answering);
    answering = setTimeout(() => {
      const { serial } = model.get("settled");
      if (moved().length) return;
      model.set("answer", { ...data.answer, serial });
    }, 300);
  }

  function control(parent, lever) {
    const row = html(parent, "label", { class: "lever" });
    html(row, "span", {}, lever.label[data.language]);
    const kind = { choice: "select", switch: "checkbox" }[lever.kind] ?? "range";
    const input = html(row, kind === "select" ? "select" : "input", { name: lever.name });
    if (kind === "select") {
      data.choices[lever.name].forEach((text, k) => html(input, "option", { value: k }, text));
    } else {
      set(input, { type: kind });
      if (kind === "range") set(input, { min: lever.lowest, max: lever.highest, step: lever.step });
    }
    const said = html(row, "output");
    const read = () => (kind === "checkbox" ? input.checked : Number(input.value));
    input.addEventListener("input", () => model.set(lever.name, read()));
    const show = () => {
      const value = model.get(lever.name);
      if (kind === "checkbox") input.checked = value;
      else if (Number(input.value) !== value) input.value = value;
      if (kind !== "range") return;
      write(said, spoken(lever, value));
      set(input, { "aria-valuetext": spoken(lever, value) });
    };
    controls.set(lever.name, show);
    model.on(`change:${lever.name}`, show);
    show();
  }

  function spoken({ unit }, value) {
    if (unit === "yuan") return words.money(value);
    if (unit === "yuan_a_head") return `${words.yuan(value)} ${say("unit_yuan_a_head")}`;
    return unit === "share" ? words.percent(value, 1) : String(value);
  }

  function sections(parent) {
    const main = html(parent, "fieldset", { class: "levers" });
    html(main, "legend", {}, say("view_main"));
    for (const lever of data.levers) if (lever.main) control(main, lever);
    for (const [key, fields] of Object.entries(data.sections)) {
      const rest = data.levers.filter((l) => !l.main && fields.includes(l.field));
      if (!rest.length) continue;
      const folded = html(parent, "details", { class: "levers-more" });
      html(folded, "summary", {}, say(`section_${key}`));
      const box = html(folded, "div", { class: "levers" });
      for (const lever of rest) control(box, lever);
    }
  }

  // The plan submitted, worked out once more on opening.
  function agreement() {
    const told = solve(data.tables, data.levers, data.start.position);
    const off = told.status === "done"
      ? Math.max(...told.amounts.map((yuan, cell) => Math.abs(yuan - data.start.exact[cell])))
      : Infinity;
    const agrees = off <= 1e-8 * data.budget_yuan;
    const value = Number.isFinite(off) ? words.count(Math.ceil(off)) : "∞";
    return { agrees, text: say(agrees ? "page_agrees" : "page_differs", { value }) };
  }

  // A position in the address: only what differs from the plan submitted.
  const mark = "#at=";
  function link() {
    const changed = Object.fromEntries(moved().map((name) => [name, model.get(name)]));
    return mark + encodeURIComponent(JSON.stringify(changed));
  }

  function goTo(hash) {
    if (!hash.startsWith(mark)) return;
    let wanted;
    try {
      wanted = JSON.parse(decodeURIComponent(hash.slice(mark.length)));
    } catch {
      return;
    }
    for (const [name, value] of Object.entries({ ...start, ...wanted })) {
      if (name in start && fits(name, value)) model.set(name, value);
    }
  }

  function fits(name, value) {
    const lever = byName.get(name);
    if (!lever) return Array.isArray(value) && value.every((entry) => typeof entry === "object");
    if (lever.kind === "switch") return typeof value === "boolean";
    if (lever.kind === "choice") return Number.isInteger(value) && value >= 0 && value < lever.choices.length;
    return typeof value === "number" && value >= lever.lowest && value <= lever.highest;
  }

  const state = html(place, "p", { class: "state", role: "status" });
  const checked = agreement();
  const note = html(place, "p", { class: checked.agrees ? "agrees" : "differs" }, checked.text);
  set(note, { "data-agrees": String(checked.agrees) });
  const tools = html(place, "p", { class: "live-tools" });
  const back = html(tools, "button", { type: "button" }, say("page_back"));
  const copy = html(tools, "button", { type: "button" }, say("page_link"));
  const levers = html(place, "div", { class: "live-levers" });
  sections(levers);
  const board = html(place, "div", { class: "live-board" });
  goTo(location.hash);
  openBoard(model, board);

  function tell() {
    const away = moved().length > 0;
    write(state, away ? say("not_submitted") : data.submitted);
    set(state, { "data-away": String(away) });
    document.body.classList.toggle("away", away);
    document.body.dataset.away = say("not_submitted");
    if (!away) answer();
  }
  for (const name of Object.keys(start)) model.on(`change:${name}`, tell);
  model.on("change:settled", answer);
  tell();
  back.addEventListener("click", () => {
    for (const [name, value] of Object.entries(start)) model.set(name, value);
    if (location.hash.startsWith(mark)) history.replaceState(null, "", location.pathname);
  });
  copy.addEventListener("click", async () => {
    const address = location.href.split("#")[0] + link();
    try {
      history.replaceState(null, "", link());
      await navigator.clipboard.writeText(address);
      write(copy, say("page_copied"));
    } catch {
      // The address bar shows it all the same.
    }
  });
  addEventListener("hashchange", () => goTo(location.hash));
}
