// The types tab: which faces are shown, how strong their differences are, and links to one type.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});

  mbtiface.gallery = (element, server) => {
    const section = () => element.querySelector(".mf-gallery");
    const large = mbtiface.largeType(element, server);
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

    element.addEventListener("click", ({ target }) => {
      const code = target.closest("button.mf-tile")?.dataset.code;
      if (code) large.open(code, +section().querySelector("#gallery-difference").value);
    });

    element.addEventListener("input", ({ target }) => {
      if (target.name === "gallery-view") section().dataset.view = target.value;
      if (target.id === "gallery-difference") label(target);
    });

    element.addEventListener("change", ({ target }) => {
      if (target.id === "gallery-difference") regrid();
    });

    // The visitor's own type, known from the survey, bears a mark.
    const markOwn = () => {
      const { code } = mbtiface.result || {};
      for (const tile of section().querySelectorAll("button.mf-tile")) {
        tile.toggleAttribute("data-own", tile.dataset.code === code);
      }
    };

    const openAsked = () => {
      const { code, gender, source } = mbtiface.opened;
      mbtiface.opened = null; // a tab that is drawn again opens nothing again
      large.open(code, 1, gender, source);
    };

    document.addEventListener("mbtiface:result", markOwn);
    document.addEventListener("mbtiface:type", openAsked);
    markOwn();
    if (mbtiface.opened) openAsked();
  };

  // A type may be asked for before this tab is on the page.
  document.addEventListener("mbtiface:type", ({ detail }) => (mbtiface.opened = detail));

  // The page builds a tab when it is first shown, so a link to a type begins by showing its tab.
  if (!mbtiface.opened) return;
  const show = () => {
    const button = document.querySelector("#tab-types-button");
    if (button) button.click();
    return Boolean(button);
  };
  if (!show()) {
    const watcher = new MutationObserver(() => show() && watcher.disconnect());
    watcher.observe(document.documentElement, { childList: true, subtree: true });
  }
})();
