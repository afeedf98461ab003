// What stands in the way and what can be done about it; the limits that bind; the kernel's notes.

import { html, set, write } from "./draw.js";

/** Say what stands in the way, and offer what can be done about it. */
export function showNotice(notice, { model, session, words, away, phase, answer, preview }) {
  const language = words.language;
  const lines = [];
  const offers = [];
  if (session.kept()) {
    lines.push(words.say("kept"));
    offers.push([words.say("restore"), () => session.restore(true)]);
    offers.push([words.say("discard"), () => session.restore(false)]);
  }
  if (away) lines.push(words.say(away));
  if (away === "away") offers.push([words.say("again"), () => session.resend()]);
  if (answer && answer.status !== "exact") lines.push(...answer.sentences[language]);
  else if (phase === "clash" || phase === "refused" || phase === "undecided") {
    const reasons = (preview.refused ?? []).map((code) => words.say(`reason_${code}`)).join(" · ");
    const names = clashing(preview, model.get("names")[language]);
    lines.push(words.say(`say_${phase}`, { names, reasons }));
  }
  if (phase === "disagree") lines.push(words.say("say_disagree"));
  for (const repair of answer?.repairs ?? []) {
    offers.push([repair.label[language], () => session.go(repair.position)]);
  }
  const key = JSON.stringify([lines, offers.map(([label]) => label)]);
  if (notice.dataset.key === key) return;
  notice.dataset.key = key;
  notice.replaceChildren();
  set(notice, { hidden: lines.length ? null : "" });
  for (const line of lines) html(notice, "p", {}, line);
  offers.forEach(([label, act], n) => {
    const style = n ? null : "sw-strong";
    html(notice, "button", { type: "button", class: style }, label).addEventListener("click", act);
  });
}

/** The limits that have weight in the browser's certificate: those the clash is about, or some more. */
function clashing({ certificate, limits }, names) {
  if (!certificate) return "";
  const most = certificate.reduce((size, weight) => Math.max(size, Math.abs(weight)), 0);
  const found = limits.filter((_, k) => Math.abs(certificate[k]) > 0.01 * most);
  return found.map(({ name }) => limitName(name, names)).slice(0, 8).join(" · ");
}

/** A limit in the planner's words: those Python names, or the name the planner gave it. */
function limitName(name, names) {
  return names[name] ?? name.replace(/^limits\//, "");
}

/** The limits that bind, and what the kernel found worth saying about the exact plan. */
export function makeBound(parent) {
  const host = html(parent, "div", { class: "sw-bound" });
  const title = html(host, "h3");
  const list = html(host, "ul");
  const folded = html(host, "details");
  const count = html(folded, "summary");
  const notes = html(folded, "ul");
  return (limits, said, words, names) => {
    const lines = limits.map(({ name, side }) => {
      return words.say(`bound_${side}`, { name: limitName(name, names[words.language]) });
    });
    write(title, words.say("binding"));
    writeList(list, lines.length ? lines : [words.say("binding_none")]);
    const sentences = said?.[words.language] ?? [];
    set(folded, { hidden: sentences.length ? null : "" });
    write(count, words.say("notes", { count: sentences.length }));
    writeList(notes, sentences);
  };
}

function writeList(list, lines) {
  const key = lines.join("\n");
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren();
  for (const line of lines) html(list, "li", {}, line);
}
