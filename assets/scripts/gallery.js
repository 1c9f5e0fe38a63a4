// The types tab: which faces are shown, how strong their differences are, and one type seen large.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const SETTLE_MS = 250;

  mbtiface.gallery = (element) => {
    const open = { code: "ENTP", gender: "female", difference: 1 };
    let settle = 0;
    const section = () => element.querySelector(".mf-gallery");
    const dialog = () => element.querySelector("dialog");
    mbtiface.watchGrid(element);

    const label = (input) => {
      const output = input.closest(".mf-difference").querySelector("output");
      output.textContent = +input.value === 1 ? output.dataset.one : `× ${+input.value}`;
    };

    const regrid = () => {
      const difference = +section().querySelector("#gallery-difference").value;
      for (const img of section().querySelectorAll(".mf-tile img")) {
        const address = { start: img.dataset.start, by: img.dataset.gender, difference };
        mbtiface.replaceSource(img, mbtiface.url(address, 256));
      }
    };

    const show = (sharp, fade = false) => {
      const img = dialog().querySelector("img");
      const address = { start: `type:${open.code}:${open.gender}`, by: open.gender, difference: open.difference };
      const size = sharp ? mbtiface.sharpSize(img) : 256;
      mbtiface.show(img, mbtiface.url(address, size), { words: mbtiface.json(section(), "words"), fade });
    };

    const sharpSoon = (delay = SETTLE_MS) => {
      clearTimeout(settle);
      settle = setTimeout(() => show(true, true), delay);
    };

    const describe = () => {
      const type = mbtiface.json(section(), "types")[open.code];
      if (!type[open.gender]) open.gender = type.female ? "female" : "male";
      const entry = type[open.gender];
      const box = dialog();
      box.querySelector("h2").textContent = open.code;
      box.querySelector(".mf-name").textContent = type.name;
      box.querySelector(".mf-count").textContent = entry.count;
      box.querySelector(".mf-face img").alt = entry.alt;
      for (const input of box.querySelectorAll("[name=gallery-gender]")) {
        input.checked = input.value === open.gender;
        input.disabled = !type[input.value];
      }
      for (const row of box.querySelectorAll("[data-axis]")) {
        const value = entry.impression[row.dataset.axis];
        const meter = row.querySelector(".mf-meter");
        const letters = [...row.querySelectorAll(".mf-letter")].map((letter) => letter.dataset.letter);
        const reach = Math.min(Math.abs(value), 1) * 50;
        const letter = letters[value < 0 ? 0 : 1];
        meter.setAttribute("aria-label", `${letter} ${Math.abs(value).toFixed(2)}`);
        meter.dataset.letter = letter;
        meter.firstChild.style.cssText = `left:${value < 0 ? 50 - reach : 50}%;width:${reach}%`;
      }
    };

    const openType = (code) => {
      const view = section().dataset.view;
      open.code = code;
      if (view !== "both") open.gender = view;
      const slider = dialog().querySelector("#gallery-large-difference");
      open.difference = +section().querySelector("#gallery-difference").value;
      slider.value = open.difference;
      label(slider);
      describe();
      const img = dialog().querySelector(".mf-face img");
      const tile = section().querySelector(`[data-code=${code}] img[data-gender=${open.gender}]`);
      if (tile?.complete) img.src = tile.currentSrc || tile.src;
      dialog().showModal();
      show(true);
    };

    const step = (by) => {
      const codes = Object.keys(mbtiface.json(section(), "types"));
      open.code = codes[(codes.indexOf(open.code) + by + codes.length) % codes.length];
      describe();
      show(true, true);
    };

    element.addEventListener("click", ({ target }) => {
      if (target === dialog()) return dialog().close();
      const action = target.closest("[data-do]")?.dataset.do;
      if (action === "close") dialog().close();
      else if (action === "previous") step(-1);
      else if (action === "next") step(1);
      else if (action === "morph") {
        dialog().close();
        mbtiface.openTab("morph");
        const start = { code: open.code, gender: open.gender };
        document.dispatchEvent(new CustomEvent("mbtiface:start", { detail: start }));
      }
      const code = target.closest("button.mf-tile")?.dataset.code;
      if (code) openType(code);
    });

    element.addEventListener("input", ({ target }) => {
      if (target.name === "gallery-view") section().dataset.view = target.value;
      if (target.type === "range") label(target);
      if (target.id === "gallery-large-difference") {
        open.difference = +target.value;
        show(false);
        sharpSoon();
      }
      if (target.name === "gallery-gender") {
        open.gender = target.value;
        describe();
        show(true, true);
      }
    });

    element.addEventListener("change", ({ target }) => {
      if (target.id === "gallery-difference") regrid();
      if (target.id === "gallery-large-difference") sharpSoon(0);
    });

    element.addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (!dialog().open || target.tagName === "INPUT") return;
      if (key === "ArrowLeft") step(-1);
      else if (key === "ArrowRight") step(1);
    });
  };
})();
