// A walk letter by letter from the present face: a strip of small faces, and the same as a file.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const AXIS = { E: "EI", I: "EI", S: "SN", N: "SN", T: "TF", F: "TF", J: "JP", P: "JP" };
  const STEP = 1 / 3;
  const SIZES = { strip: 256, gif: 512, webp: 512, mp4: 512 };

  // Each letter goes a part of the way that is left to it, as the server's `sequence_axes` does.
  const walked = (axes, letters) => {
    const frames = [{ ...axes }];
    for (const letter of letters) {
      const last = frames.at(-1);
      const axis = AXIS[letter];
      const toward = "ENFJ".includes(letter) ? 1 : -1;
      const value = last[axis] || 0;
      frames.push({ ...last, [axis]: value + STEP * (toward - value) });
    }
    return frames;
  };

  // `address()` is the present face, `go(axes)` moves it; `section()` and `words()` are the tab's.
  mbtiface.morphWalk = (section, words, address, go) => {
    let walk = null; // the letters, and the axis values that they set out from
    let making = null; // ends the request of a file under way
    const root = () => section().querySelector(".mf-walk");
    const field = () => root().querySelector("[name=letters]");
    const strip = () => root().querySelector(".mf-walk-frames");
    const status = () => root().querySelector(".mf-walk-save > [role=status]");

    const check = () => {
      const input = field();
      const letters = input.value.toUpperCase().replace(/\s/g, "");
      const right = [...letters].every((letter) => letter in AXIS);
      input.setAttribute("aria-invalid", String(!right));
      const note = root().querySelector(".mf-fold-body > [role=status]");
      note.textContent = right ? words().morph_walk_hint : words().morph_walk_wrong;
      root().querySelector("form button").disabled = !right || !letters;
      return right ? letters : "";
    };

    const draw = () => {
      if (!walk || !root().open) return;
      const face = address();
      const frames = walked(walk.axes, walk.letters);
      while (strip().children.length > frames.length) strip().lastElementChild.remove();
      for (const [number, axes] of frames.entries()) {
        const letter = walk.letters[number - 1] || "";
        const button = strip().children[number] || strip().appendChild(newFrame());
        mbtiface.replaceSource(button.firstElementChild, mbtiface.url({ ...face, axes }, 256));
        const label = button.lastElementChild;
        label.textContent = letter || words().morph_walk_start;
        label.dataset.letter = letter;
        const spoken = letter ? mbtiface.fill(words().morph_walk_frame, { number, letter }) : words().morph_walk_start;
        button.setAttribute("aria-label", spoken);
        button.onclick = () => go(axes);
      }
      strip().hidden = false;
      root().querySelector(".mf-walk-save").hidden = false;
    };

    const newFrame = () => {
      const button = document.createElement("button");
      button.type = "button";
      const img = new Image(256, 256);
      img.alt = "";
      button.append(img, document.createElement("span"));
      return button;
    };

    const show = () => {
      const letters = check();
      if (!letters) return;
      walk = { letters, axes: address().axes };
      tell("");
      draw();
      strip().scrollLeft = 0;
    };

    const tell = (text) => {
      status().hidden = !text;
      status().textContent = text;
    };

    // By a request of the page, not a link: an own photo's token must not end up in the browser's
    // list of downloads.
    const save = async (format) => {
      const face = { ...address(), axes: walk.axes };
      const more = [["letters", walk.letters], ["format", format], ["size", SIZES[format]], ["lang", mbtiface.lang], ...Object.entries(mbtiface.session())];
      const url = `clip?${mbtiface.queryText([...mbtiface.query(face), ...more])}`;
      working(true);
      making = new AbortController();
      const { signal } = making;
      tell(words().morph_walk_making);
      let sentence = words().morph_walk_failed;
      try {
        const response = await fetch(url, { signal });
        if (response.ok) {
          await mbtiface.saveFile(response);
          sentence = words().morph_walk_done;
        } else {
          const state = mbtiface.stateOf(response, url);
          if (state !== "error") sentence = mbtiface.trouble(state, words()).sentence;
        }
      } catch {
        sentence = signal.aborted ? words().morph_walk_stopped : words().offline;
      }
      working(false);
      tell(sentence);
    };

    const working = (on) => {
      root().querySelector(".mf-walk-work").hidden = !on;
      for (const button of root().querySelectorAll("[data-save]")) button.disabled = on;
    };

    return {
      draw,
      check,
      show,
      save,
      stop: () => making?.abort(),
      opened: () => root().open && !walk && show(),
    };
  };
})();
