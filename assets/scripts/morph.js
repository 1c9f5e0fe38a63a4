// The morph tab: four sliders move one face; small pictures while they move, a sharp one at rest.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const SETTLE_MS = 250;
  const MAX_SEED = 2 ** 31 - 1;

  mbtiface.morph = (element) => {
    let seed = newSeed();
    let touched = "EI";
    let settle = 0;
    // The start that an own photo took the place of: it stands until the photo's face is there.
    let before = { start: "average:female", name: "" };
    const section = () => element.querySelector(".mf-morph");
    const sliders = () => [...section().querySelectorAll(".mf-axis input")];
    const picked = (name) => section().querySelector(`[name=${name}]:checked`).value;
    const words = () => mbtiface.json(section(), "words");

    const start = () => {
      const kind = picked("morph-start");
      if (kind === "seed") return `seed:${seed}`;
      if (kind === "photo") return mbtiface.photo.start() || before.start;
      if (kind === "type") return `type:${section().querySelector("select").value}:${picked("morph-gender")}`;
      return kind;
    };

    const address = () => ({
      start: start(),
      by: picked("morph-by"),
      axes: Object.fromEntries(sliders().map((slider) => [slider.name, +slider.value])),
    });

    const letterOf = (slider, value) => slider.parentElement.querySelectorAll(".mf-letter")[+(value > 0)].dataset.letter;

    const valueText = (slider, value = +slider.value) => {
      const text = words();
      if (!value) return text.morph_middle;
      return mbtiface.fill(text.morph_toward, { letter: letterOf(slider, value), amount: Math.abs(value) });
    };

    const moves = () => sliders().filter((slider) => +slider.value).map((slider) => valueText(slider)).join(", ");

    const startName = () => {
      const kind = picked("morph-start");
      if (kind === "photo" && !mbtiface.photo.start() && before.name) return before.name;
      const name = section().querySelector("[name=morph-start]:checked").nextElementSibling.textContent;
      return kind === "type" ? `${name} ${section().querySelector("select").value}` : name;
    };

    const describe = () => {
      for (const slider of sliders()) {
        slider.setAttribute("aria-valuetext", valueText(slider));
        const share = (+slider.value - slider.min) / (slider.max - slider.min);
        slider.parentElement.style.setProperty("--from", `${Math.min(share, 0.5) * 100}%`);
        slider.parentElement.style.setProperty("--to", `${Math.max(share, 0.5) * 100}%`);
        slider.parentElement.dataset.side = Math.sign(slider.value);
      }
      const text = words();
      const name = startName();
      if (picked("morph-start") !== "photo") before = { start: start(), name };
      section().querySelector(".mf-face img").alt = mbtiface.fill(text.morph_alt, {
        start: name,
        moves: moves() || text.morph_alt_still,
      });
      section().querySelector("[data-do=reset]").disabled = !moves();
    };

    const show = (sharp, fade = false) => {
      const img = section().querySelector(".mf-face img");
      mbtiface.show(img, mbtiface.url(address(), sharp ? mbtiface.sharpSize(img) : 256), { words: words(), fade });
    };

    const rest = (delay) => {
      clearTimeout(settle);
      settle = setTimeout(() => {
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
      describe();
      show(false);
      rest(SETTLE_MS);
    };

    const jump = () => {
      describe();
      show(true, true);
      if (!section().querySelector(".mf-strip").hidden) strip();
    };

    const set = (slider, value) => {
      slider.value = value;
      moved(slider);
    };

    const restart = (kind) => {
      for (const more of section().querySelectorAll(".mf-start-more")) more.hidden = more.dataset.for !== kind;
      if (kind === "photo") mbtiface.photoPanel(section().querySelector(".mf-photo-host"));
      const gender = kind === "type" ? picked("morph-gender") : kind.split(":")[1];
      // Nobody's gender is guessed: a made-up face and a photo's are moved by both until its viewer says otherwise.
      section().querySelector(`[name=morph-by][value=${gender || "both"}]`).checked = true;
      // Until the photo's face is there the old one stays.
      if (kind !== "photo" || mbtiface.photo.start()) jump();
    };

    element.addEventListener("input", ({ target }) => {
      if (target.type === "range") moved(target);
    });

    // A step that did not come shows nothing rather than the face of another step.
    const step = ({ target, type }) => target.closest(".mf-strip") && target.toggleAttribute("data-broken", type === "error");
    element.addEventListener("error", step, true);
    element.addEventListener("load", step, true);

    element.addEventListener("change", ({ target }) => {
      if (target.type === "range") rest(0);
      else if (target.name === "morph-start") restart(target.value);
      else if (target.name === "morph-gender" || target.name === "morph-code") restart("type");
      else if (target.name === "morph-by") jump();
    });

    element.addEventListener("dblclick", ({ target }) => {
      const slider = target.closest(".mf-axis")?.querySelector("input");
      if (slider) set(slider, 0);
    });

    element.addEventListener("click", ({ target }) => {
      const action = target.closest("[data-do]")?.dataset.do;
      const frame = target.closest(".mf-strip button");
      if (action === "another") {
        seed = newSeed();
        jump();
      } else if (action === "reset") {
        for (const slider of sliders()) slider.value = 0;
        jump();
      } else if (frame) {
        set(sliders().find((slider) => slider.name === touched), frame.dataset.value);
      }
    });

    const startFrom = ({ code, gender }) => {
      delete mbtiface.start;
      section().querySelector("[name=morph-start][value=type]").checked = true;
      section().querySelector("select").value = code;
      section().querySelector(`[name=morph-gender][value=${gender}]`).checked = true;
      for (const slider of sliders()) slider.value = 0;
      restart("type");
    };
    document.addEventListener("mbtiface:photo", () => section() && picked("morph-start") === "photo" && jump());
    document.addEventListener("mbtiface:start", ({ detail }) => startFrom(detail));
    if (mbtiface.start) startFrom(mbtiface.start);
  };

  const newSeed = () => Math.floor(Math.random() * MAX_SEED);

  // A start may be chosen before this tab is on the page.
  document.addEventListener("mbtiface:start", ({ detail }) => (mbtiface.start = detail));
})();
