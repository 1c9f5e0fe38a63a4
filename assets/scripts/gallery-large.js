// One type seen large: between everyone's average and its own, what the ratings say, its link.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const SETTLE_MS = 250;
  const COPIED_MS = 1800;

  mbtiface.largeType = (element, server) => {
    const open = { code: "ENTP", gender: "female", difference: 1, source: "base" };
    let community = {};
    let settle = 0;
    const section = () => element.querySelector(".mf-gallery");
    const dialog = () => element.querySelector("dialog");
    const find = (selector) => dialog().querySelector(selector);
    const types = () => mbtiface.json(section(), "types");
    const words = () => mbtiface.json(section(), "words");
    const slider = () => find("#gallery-large-difference");
    const joined = () => (open.source === "community" ? community[open.gender] : null);

    const show = (sharp, fade = false) => {
      const img = find(".mf-face img");
      const start = joined()?.start || `type:${open.code}:${open.gender}`;
      const address = { start, by: open.gender, difference: open.difference };
      const size = sharp ? mbtiface.sharpSize(img) : 256;
      mbtiface.show(img, mbtiface.url(address, size), { words: words(), fade });
    };

    const sharpSoon = (delay = SETTLE_MS) => {
      clearTimeout(settle);
      settle = setTimeout(() => show(true, true), delay);
    };

    // Where the slider stands, in words.
    const place = () => {
      const { difference: at, code, gender } = open;
      const output = find(".mf-between output");
      const text = words();
      if (at === 1) output.textContent = output.dataset.one;
      else if (at === 0) output.textContent = text[`all_${gender}`];
      else if (at < 1) output.textContent = mbtiface.fill(text.between_part, { code, percent: Math.round(at * 100) });
      else output.textContent = mbtiface.fill(text.between_times, { times: at });
      slider().value = at;
      slider().setAttribute("aria-valuetext", output.textContent);
    };

    const ticks = () => {
      const { code, gender } = open;
      const text = words();
      for (const tick of dialog().querySelectorAll(".mf-ticks button")) {
        const times = +tick.dataset.value;
        tick.textContent = [text[`all_${gender}`], code][times] ?? mbtiface.fill(text.times, { times });
      }
      find(".mf-between p").textContent = mbtiface.fill(text.between_note, { code });
    };

    const meters = (impression) => {
      for (const row of dialog().querySelectorAll("[data-axis]")) {
        const value = impression[row.dataset.axis];
        const meter = row.querySelector(".mf-meter");
        const letters = [...row.querySelectorAll(".mf-letter")].map((letter) => letter.dataset.letter);
        const reach = Math.min(Math.abs(value), 1) * 50;
        const letter = letters[value < 0 ? 0 : 1];
        meter.setAttribute("aria-label", `${letter} ${Math.abs(value).toFixed(2)}`);
        meter.dataset.letter = letter;
        meter.firstChild.style.cssText = `left:${value < 0 ? 50 - reach : 50}%;width:${reach}%`;
      }
    };

    const ratings = ({ ratings: lines, than, chance }) => {
      const rated = find(".mf-rated");
      rated.hidden = !lines;
      rated.querySelector("p").textContent = than;
      rated.querySelector("ul").replaceChildren(...(lines || []).map((line) => {
        const item = document.createElement("li");
        item.textContent = line;
        return item;
      }));
      find(".mf-chance").hidden = !chance;
      find(".mf-chance").textContent = chance;
    };

    const letters = () => {
      [...open.code].forEach((letter, index) => {
        const item = dialog().querySelectorAll(".mf-own-letters li")[index];
        const tile = section().querySelector(`.mf-letters [data-letter=${letter}] img[data-gender=${open.gender}]`);
        item.hidden = !tile;
        if (!tile) return;
        const [img, name] = item.children;
        img.alt = tile.alt;
        img.src = mbtiface.url({ start: tile.dataset.start, by: open.gender }, 256);
        name.textContent = name.dataset.letter = letter;
      });
    };

    const describe = () => {
      const type = types()[open.code];
      if (!type[open.gender]) open.gender = type.female ? "female" : "male";
      const entry = type[open.gender];
      find("h2").textContent = open.code;
      find(".mf-name").textContent = type.name;
      find(".mf-count").textContent = joined() ? `${entry.count} · ${joined().count}` : entry.count;
      find(".mf-face img").alt = (joined() || entry).alt;
      for (const input of dialog().querySelectorAll("[name=gallery-gender]")) {
        input.checked = input.value === open.gender;
        input.disabled = !type[input.value];
      }
      find(".mf-source").hidden = !community[open.gender];
      const source = joined() ? "community" : "base";
      find(`[name=gallery-source][value=${source}]`).checked = true;
      ratings(entry);
      meters(entry.impression);
      ticks();
      place();
      letters();
      track();
    };

    // The address bar names the type that is open, so that it can be sent to others.
    const track = () => {
      const url = new URL(location.href);
      for (const [name, key] of [["type", "code"], ["gender", "gender"]]) {
        if (dialog().open) url.searchParams.set(name, open[key]);
        else url.searchParams.delete(name);
      }
      if (dialog().open && open.source === "community") url.searchParams.set("source", open.source);
      else url.searchParams.delete("source");
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    };

    // What visitors have made of this average; without an answer only the first one is offered.
    const askCommunity = async () => {
      const { code } = open;
      const found = await server.gallery_community({ code, lang: mbtiface.lang, ...mbtiface.session() }).catch(() => ({}));
      if (code !== open.code || !dialog().open) return;
      const before = joined()?.start;
      community = found || {};
      describe();
      if (joined()?.start !== before) show(true, true);
    };

    const turnTo = (code) => {
      open.code = code;
      community = {};
      describe();
      askCommunity();
    };

    const openType = (code, difference, gender, source = "base") => {
      const { view } = section().dataset;
      const type = types()[code];
      if (!type?.female && !type?.male) return;
      open.gender = gender || (view === "both" ? open.gender : view);
      Object.assign(open, { difference, source });
      dialog().showModal();
      dialog().scrollTop = 0;
      turnTo(code);
      const img = find(".mf-face img");
      const tile = section().querySelector(`[data-code=${code}] img[data-gender=${open.gender}]`);
      if (tile?.complete && tile.naturalWidth) img.src = tile.currentSrc || tile.src;
      show(true);
    };

    const step = (by) => {
      const codes = Object.keys(types());
      turnTo(codes[(codes.indexOf(open.code) + by + codes.length) % codes.length]);
      show(true, true);
    };

    const copy = async (button) => {
      const url = new URL(location.href);
      url.hash = "";
      try {
        await navigator.clipboard.writeText(url.href);
        const word = button.textContent;
        button.textContent = button.dataset.done;
        await mbtiface.wait(COPIED_MS);
        button.textContent = word;
      } catch {
        window.prompt(button.textContent, url.href); // where the clipboard is closed to pages
      }
    };

    const morph = () => {
      dialog().close();
      mbtiface.openTab("morph");
      const detail = { code: open.code, gender: open.gender };
      document.dispatchEvent(new CustomEvent("mbtiface:start", { detail }));
    };

    element.addEventListener("click", ({ target }) => {
      if (target === dialog()) return dialog().close();
      const button = target.closest("dialog button");
      if (!button) return;
      const action = button.dataset.do;
      if (action === "close") dialog().close();
      else if (action === "previous") step(-1);
      else if (action === "next") step(1);
      else if (action === "copy") copy(button);
      else if (action === "morph") morph();
      else if (button.dataset.value) {
        open.difference = +button.dataset.value;
        place();
        show(true, true);
      }
    });

    element.addEventListener("input", ({ target }) => {
      if (target === slider()) {
        open.difference = +target.value;
        place();
        show(false);
        sharpSoon();
      } else if (target.name === "gallery-gender" || target.name === "gallery-source") {
        open[target.name.split("-")[1]] = target.value;
        describe();
        show(true, true);
      }
    });

    element.addEventListener("change", ({ target }) => target === slider() && sharpSoon(0));
    element.addEventListener("close", ({ target }) => target === dialog() && track(), true);
    element.addEventListener("keydown", ({ key, target }) => {
      if (!dialog().open || target.tagName === "INPUT") return;
      if (key === "ArrowLeft") step(-1);
      else if (key === "ArrowRight") step(1);
    });

    return { open: openType };
  };
})();
