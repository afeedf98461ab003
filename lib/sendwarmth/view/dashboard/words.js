// Words and numbers in the language shown. The texts come from Python's locales.

/**
 * @param {Object<string, Object<string, string>>} texts By language, by key.
 * @param {string} language
 */
export function speaker(texts, language) {
  const own = texts[language];
  const scale = Number(own.large_yuan);
  const digits = Number(own.large_digits);
  const forms = new Map();
  const grouped = (value, places) => {
    if (!forms.has(places)) {
      const form = { minimumFractionDigits: places, maximumFractionDigits: places };
      forms.set(places, new Intl.NumberFormat("en-US", form));
    }
    return forms.get(places).format(value);
  };
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
      if (Number(size.replaceAll(",", "")) === 0) return grouped(0, digits);
      return (yuan > 0 ? "+" : "−") + size;
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
