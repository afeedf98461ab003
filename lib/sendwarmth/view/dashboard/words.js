// Words and numbers in the language shown. The texts come from Python's locales.

/** A number with separators; by hand, since a frame writes a hundred of them. */
function grouped(value, places) {
  const [whole, part] = Math.abs(value).toFixed(places).split(".");
  let text = whole.slice(-3);
  for (let end = whole.length - 3; end > 0; end -= 3) text = `${whole.slice(Math.max(end - 3, 0), end)},${text}`;
  const size = part ? `${text}.${part}` : text;
  return value < 0 && /[1-9]/.test(size) ? `\u2212${size}` : size;
}

/**
 * @param {Object<string, Object<string, string>>} texts By language, by key.
 * @param {string} language
 */
export function speaker(texts, language) {
  const own = texts[language];
  const scale = Number(own.large_yuan);
  const digits = Number(own.large_digits);
  const say = (key, facts = {}) => {
    const text = own[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
  };
  return {
    language,
    say,
    /** Amount in the language's large unit, without the unit. */
    large: (yuan) => grouped(yuan / scale, digits),
    /** The same with its sign, a real minus among them. */
    signed(yuan) {
      const size = grouped(Math.abs(yuan) / scale, digits);
      if (!/[1-9]/.test(size)) return size;
      return (yuan > 0 ? "+" : "\u2212") + size;
    },
    money: (yuan) => say("amount", { large: grouped(yuan / scale, digits) }),
    yuan: (yuan) => grouped(yuan, 0),
    percent: (share, places = 0) => grouped(share * 100, places) + "%",
    count: (number) => grouped(number, 0),
    scale,
  };
}

/** The name of a region or group, short where it has a short one. */
export function nameOf(row, language) {
  return (row.short ?? row.name)[language];
}
