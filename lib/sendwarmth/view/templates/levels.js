"use strict";
// Finds and sorts the rows of all levels below: one unit at a time, a hundred rows at a time.
(async () => {
  const STEP = 100;
  const by = (id) => document.getElementById(id);
  const told = JSON.parse(await drawing.unpack(by("packed-rows").textContent.trim()));
  const { groups, scale, digits, words } = told;
  const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const whole = new Intl.NumberFormat("en-US");

  const rows = [];
  for (const [above, name, href, yuan] of told.rows) {
    const up = rows[above];
    const sum = yuan.reduce((total, one) => total + one, 0);
    const way = up ? [...up.way, up.name] : [];
    const text = [...way, name].join(" / ").toLowerCase();
    rows.push({ number: rows.length, root: up ? up.root : rows.length, name, href, way, text, amounts: [...yuan, sum] });
  }

  const state = { one: -1, wanted: "", column: -1, falling: true, shown: STEP };

  function chosen() {
    const kept = rows.filter((row) => {
      return (state.one < 0 || row.root === state.one) && row.text.includes(state.wanted);
    });
    if (state.column < 0) return kept;
    const turn = state.falling ? -1 : 1;
    return kept.sort((a, b) => turn * (a.amounts[state.column] - b.amounts[state.column]) || a.number - b.number);
  }

  function element(kind, text, attributes = {}) {
    const made = document.createElement(kind);
    if (text !== null) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function amount(yuan) {
    const cell = element("td", null, { class: "money" });
    cell.append(element("span", money.format(yuan / scale), { class: "large" }));
    cell.append(element("span", whole.format(yuan), { class: "yuan" }));
    return cell;
  }

  function line(row) {
    const made = element("tr", null);
    const head = element("th", null, { scope: "row" });
    if (row.way.length) head.append(element("span", `${row.way.join(" / ")} / `, { class: "way" }));
    head.append(row.href ? element("a", row.name, { href: row.href }) : document.createTextNode(row.name));
    made.append(head, ...row.amounts.map(amount));
    return made;
  }

  function paint() {
    const kept = chosen();
    const shown = kept.slice(0, state.shown);
    by("rows").tBodies[0].replaceChildren(...shown.map(line));
    const facts = { shown: shown.length, found: kept.length };
    by("found").textContent = words.found.replace(/\{(\w+)(:count)?\}/g, (_, key) => whole.format(facts[key]));
    by("more").hidden = shown.length === kept.length;
    heads.forEach((head, column) => {
      const sorted = column === state.column;
      head.setAttribute("aria-sort", !sorted ? "none" : state.falling ? "descending" : "ascending");
    });
  }

  function sortBy(column) {
    const again = state.column === column;
    state.falling = again ? !state.falling : true;
    state.column = column;
    paint();
  }

  const top = element("tr", null);
  top.append(element("th", words.name, { scope: "col" }));
  const heads = [...groups, words.sum].map((label, column) => {
    const head = element("th", null, { scope: "col", class: "money" });
    const button = element("button", label, { type: "button", class: "sort" });
    button.addEventListener("click", () => sortBy(column));
    head.append(button);
    top.append(head);
    return head;
  });
  by("rows").tHead.append(top);
  for (const row of rows.filter(({ way }) => !way.length)) by("one").append(element("option", row.name, { value: row.number }));

  const change = (facts) => {
    Object.assign(state, facts, { shown: STEP });
    paint();
  };
  by("one").addEventListener("change", (event) => change({ one: Number(event.target.value) }));
  by("wanted").addEventListener("input", (event) => change({ wanted: event.target.value.trim().toLowerCase() }));
  by("more").addEventListener("click", () => {
    state.shown += STEP;
    paint();
  });
  document.querySelector("form.find").addEventListener("submit", (event) => event.preventDefault());
  paint();
})();
