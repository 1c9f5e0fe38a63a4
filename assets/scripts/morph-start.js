// The morph tab's start: an average, a made-up face, a type, a blend of two of them, an own photo.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const MAX_SEED = 2 ** 31 - 1;
  const newSeed = () => Math.floor(Math.random() * MAX_SEED);

  // `section()` is the tab's element, `words()` its texts.
  mbtiface.morphStart = (section, words) => {
    let seeds = [newSeed(), newSeed()];
    // The start that an own photo took the place of: it stands until the photo's face is there.
    let before = { start: "average:female", name: "" };
    const find = (selector) => section().querySelector(selector);
    const picked = (name) => find(`[name=${name}]:checked`).value;
    const select = (half) => find(`[name=morph-${half}]`);

    const half = (name) => {
      const { value } = select(name);
      if (value === "seed") return `seed:${seeds[0]}`;
      if (value === "seed:other") return `seed:${seeds[1]}`;
      return value === "photo" ? mbtiface.photo.start() : value;
    };

    const address = () => {
      const kind = picked("morph-start");
      if (kind === "seed") return `seed:${seeds[0]}`;
      if (kind === "photo") return mbtiface.photo.start() || before.start;
      if (kind === "type") return `type:${select("code").value}:${picked("morph-gender")}`;
      if (kind === "blend") return `blend:${picked("morph-share")}:${half("first")}|${half("second")}`;
      return kind;
    };

    const label = (name) => {
      const [option] = select(name).selectedOptions;
      const group = option.parentElement.label;
      return group ? `${group} ${option.text}` : option.text;
    };

    const name = () => {
      const kind = picked("morph-start");
      if (kind === "photo" && !mbtiface.photo.start() && before.name) return before.name;
      if (kind === "blend") return mbtiface.fill(words().morph_blend_name, { first: label("first"), second: label("second") });
      const text = find("[name=morph-start]:checked").nextElementSibling.textContent;
      return kind === "type" ? `${text} ${select("code").value}` : text;
    };

    // Whose averages move it, where the start says so. Nobody's gender is guessed: a made-up face, a
    // photo's and a blend are moved by both until their viewer says otherwise.
    const gender = () => {
      const kind = picked("morph-start");
      return kind === "type" ? picked("morph-gender") : kind.split(":")[1] || "both";
    };

    // A photo is one half at most, and none where there is no photo.
    const offer = () => {
      const [first, second] = [select("first"), select("second")];
      for (const [one, other] of [[first, second], [second, first]]) {
        const option = one.querySelector("[value=photo]");
        if (!option) continue;
        const gone = !mbtiface.photo.start();
        if (gone && one.value === "photo") one.value = "average:female";
        option.disabled = gone || other.value === "photo";
      }
      const drawn = [first, second].some((one) => one.value.startsWith("seed"));
      find("[data-for=blend] [data-do=another]").hidden = !drawn;
    };

    const open = (by = gender()) => {
      const kind = picked("morph-start");
      for (const more of section().querySelectorAll(".mf-start-more")) more.hidden = more.dataset.for !== kind;
      if (kind === "photo") mbtiface.photoPanel(find(".mf-photo-host"));
      offer();
      find(`[name=morph-by][value=${by}]`).checked = true;
    };

    return {
      address,
      name,
      open,
      offer,
      kind: () => picked("morph-start"),
      usesPhoto: () => {
        const kind = picked("morph-start");
        return kind === "photo" || (kind === "blend" && [select("first").value, select("second").value].includes("photo"));
      },
      another: () => (seeds = [newSeed(), newSeed()]),
      remember: () => {
        if (picked("morph-start") !== "photo") before = { start: address(), name: name() };
      },
      // Chooses a type's average, or the start of a face that has an address.
      choose: ({ code, gender, start }) => {
        const [kind, seed] = code ? ["type"] : start.split(":");
        const value = kind === "average" ? start : kind;
        find(`[name=morph-start][value="${value}"]`).checked = true;
        if (kind === "seed") seeds[0] = +seed;
        if (!code) return;
        select("code").value = code;
        find(`[name=morph-gender][value=${gender}]`).checked = true;
      },
    };
  };
})();
