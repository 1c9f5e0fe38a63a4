// The morph tab: four sliders move one face; small pictures while they move, a sharp one at rest.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const SETTLE_MS = 250;
  const STARTS = ["morph-start", "morph-gender", "morph-code"];
  const CHANGES = ["morph-by", "morph-first", "morph-second", "morph-share", "morph-layers", "morph-keep"];

  mbtiface.morph = (element) => {
    let touched = "EI";
    let settle = 0;
    let moving = false;
    let used = false; // what a visitor has begun here is not taken away by a survey
    const section = () => element.querySelector(".mf-morph");
    const sliders = () => [...section().querySelectorAll(".mf-axis input")];
    const picked = (name) => section().querySelector(`[name=${name}]:checked`).value;
    const words = () => mbtiface.json(section(), "words");

    const start = mbtiface.morphStart(section, words);
    const factor = (name) => +section().querySelector(`[name=${name}]`).value;

    const address = () => ({
      start: start.address(),
      by: picked("morph-by"),
      axes: Object.fromEntries(sliders().map((slider) => [slider.name, +slider.value])),
      truncation: factor("truncation"),
      strength: factor("strength"),
      layers: picked("morph-layers"),
      keep: section().querySelector("[name=morph-keep]:checked")?.value || "",
    });

    const letterOf = (slider, value) => slider.parentElement.querySelectorAll(".mf-letter")[+(value > 0)].dataset.letter;

    const valueText = (slider, value = +slider.value) => {
      const text = words();
      if (!value) return text.morph_middle;
      return mbtiface.fill(text.morph_toward, { letter: letterOf(slider, value), amount: Math.abs(value) });
    };

    const moves = () => sliders().filter((slider) => +slider.value).map((slider) => valueText(slider)).join(", ");

    const describe = () => {
      for (const slider of sliders()) {
        slider.setAttribute("aria-valuetext", valueText(slider));
        const share = (+slider.value - slider.min) / (slider.max - slider.min);
        slider.parentElement.style.setProperty("--from", `${Math.min(share, 0.5) * 100}%`);
        slider.parentElement.style.setProperty("--to", `${Math.max(share, 0.5) * 100}%`);
        slider.parentElement.dataset.side = Math.sign(slider.value);
      }
      const text = words();
      start.remember();
      mbtiface.morphMeter(section().querySelector(".mf-drift"), address(), text);
      face().alt = mbtiface.fill(text.morph_alt, {
        start: start.name(),
        moves: moves() || text.morph_alt_still,
      });
      section().querySelector("[data-do=reset]").disabled = !moves();
    };

    const face = () => section().querySelector(".mf-face img");
    const film = mbtiface.film(face, () => mbtiface.json(section(), "strip"), () => moving && show(false));

    const show = (sharp, fade = false) => {
      const size = sharp ? mbtiface.sharpSize(face()) : 256;
      mbtiface.show(face(), mbtiface.url(address(), size), { words: words(), fade, then: film.hide });
    };

    // The face that came with the tab has no states of its own: one that fails is asked for anew.
    const rescue = () => {
      const img = face();
      if (!img.src.startsWith("blob:") && img.complete && !img.naturalWidth) show(true);
    };

    const rest = (delay) => {
      clearTimeout(settle);
      settle = setTimeout(() => {
        moving = false;
        show(true, true);
        strip();
      }, delay);
    };

    const strip = () => {
      const figure = section().querySelector(".mf-strip");
      const slider = sliders().find(({ name }) => name === touched);
      const face = address();
      const text = words();
      figure.hidden = false;
      figure.querySelector("figcaption").textContent = mbtiface.fill(text.morph_strip, { axis: text[`morph_axis_${touched}`] });
      for (const button of figure.querySelectorAll("button")) {
        const value = +button.dataset.value;
        const frame = { ...face, axes: { ...face.axes, [touched]: value } };
        const label = button.lastElementChild;
        mbtiface.replaceSource(button.firstElementChild, mbtiface.url(frame, 256));
        label.textContent = value ? `${letterOf(slider, value)} ${Math.abs(value)}` : "0";
        label.dataset.letter = value ? letterOf(slider, value) : "";
        button.setAttribute("aria-label", valueText(slider, value));
        button.setAttribute("aria-pressed", String(face.axes[touched] === value));
      }
    };

    const moved = (slider) => {
      touched = slider.name;
      moving = true;
      describe();
      if (film.draw(address(), touched)) mbtiface.forget(face());
      else show(false);
      rest(SETTLE_MS);
    };

    const jump = () => {
      describe();
      show(true, true);
      if (!section().querySelector(".mf-strip").hidden) strip();
      walk.draw();
    };

    const set = (slider, value) => {
      slider.value = value;
      moved(slider);
    };

    const restart = (by) => {
      start.open(by);
      // Until the photo's face is there the old one stays.
      if (start.kind() !== "photo" || mbtiface.photo.start()) jump();
    };

    const walk = mbtiface.morphWalk(section, words, address, (axes) => {
      for (const slider of sliders()) slider.value = axes[slider.name] || 0;
      describe();
      show(true, true);
      if (!section().querySelector(".mf-strip").hidden) strip();
    });

    // A factor of the finer control: its number beside it, the face as for a slider.
    const factored = (input) => {
      input.parentElement.querySelector("output").textContent = `${Math.round(input.value * 100)}%`;
      describe();
      show(false);
      clearTimeout(settle);
      settle = setTimeout(jump, SETTLE_MS);
    };

    // A finger that lands on a slider will move it; so will keys on one that has the focus.
    for (const kind of ["pointerdown", "focusin"]) {
      element.addEventListener(kind, ({ target }) => {
        if (target.closest(".mf-axis") && target.type === "range") film.load(address(), target.name);
      });
    }
    new IntersectionObserver(([{ isIntersecting }], watch) => {
      if (!isIntersecting || !section()) return;
      film.load(address(), touched, true);
      watch.disconnect();
    }).observe(element);

    element.addEventListener("input", ({ target }) => {
      if (target.closest(".mf-axis")) moved(target);
      else if (target.type === "range") factored(target);
      else if (target.name === "letters") walk.check();
    });

    // A step that did not come shows nothing rather than the face of another step.
    const step = ({ target, type }) => target.closest(".mf-strip, .mf-walk-frames") && target.toggleAttribute("data-broken", type === "error");
    element.addEventListener("error", step, true);
    element.addEventListener("error", ({ target }) => target === face() && rescue(), true);
    rescue();
    element.addEventListener("load", step, true);

    element.addEventListener("change", ({ target }) => {
      if (target.closest(".mf-axis")) rest(0);
      else if (STARTS.includes(target.name)) restart();
      else if (CHANGES.includes(target.name)) {
        start.offer();
        jump();
      }
    });

    element.addEventListener("submit", (event) => {
      event.preventDefault();
      walk.show();
    });
    // Drawn when it is opened for the first time, and anew if the face has changed meanwhile.
    element.addEventListener("toggle", ({ target }) => target.matches(".mf-walk") && (walk.opened() || walk.draw()), true);

    element.addEventListener("dblclick", ({ target }) => {
      const slider = target.closest(".mf-axis")?.querySelector("input");
      if (slider) set(slider, 0);
    });

    element.addEventListener("click", ({ target }) => {
      const action = target.closest("[data-do]")?.dataset.do;
      const frame = target.closest(".mf-strip button");
      if (action === "another") {
        start.another();
        jump();
      } else if (action === "reset") {
        for (const slider of sliders()) slider.value = 0;
        jump();
      } else if (action === "stop-clip") {
        walk.stop();
      } else if (target.dataset.save) {
        walk.save(target.dataset.save);
      } else if (frame) {
        set(sliders().find((slider) => slider.name === touched), frame.dataset.value);
      }
    });

    // `detail`: a type's code and gender, or start, axis values and whose averages move it.
    const startFrom = (detail) => {
      delete mbtiface.start;
      start.choose(detail);
      for (const slider of sliders()) slider.value = detail.axes?.[slider.name] || 0;
      restart(detail.by);
    };
    for (const kind of ["input", "click"]) {
      element.addEventListener(kind, () => (used = true), { once: true, capture: true });
    }
    document.addEventListener("mbtiface:photo", () => {
      if (!section()) return;
      film.clear();
      const used = start.usesPhoto();
      start.offer();
      if (used) jump();
    });
    document.addEventListener("mbtiface:start", ({ detail }) => startFrom(detail));
    document.addEventListener("mbtiface:result", ({ detail: { face } }) => face && !used && startFrom(face));
    const known = mbtiface.start || mbtiface.result?.face;
    if (known) startFrom(known);
  };

  // A start may be chosen before this tab is on the page.
  document.addEventListener("mbtiface:start", ({ detail }) => (mbtiface.start = detail));
})();
