// Another model is on its way: says how far it is, until it serves or cannot be used.
(() => {
  const mbtiface = window.mbtiface;
  const EVERY_MS = 2000;
  if (!mbtiface.coming) return;

  const ask = () => {
    const query = new URLSearchParams({ v: mbtiface.version, lang: mbtiface.lang });
    return fetch(`model?${query}`, { cache: "no-store" }).then((response) => response.json());
  };

  const follow = async () => {
    // Without an answer the server may be away for a while: asked again.
    const { phase, text, why } = await ask().catch(() => ({}));
    const line = document.querySelector(".mf-coming");
    if (line && text) {
      line.hidden = false;
      const [said, more] = line.children;
      if (said.textContent !== text) said.textContent = text;
      more.hidden = !why;
      more.lastElementChild.textContent = why;
      line.dataset.phase = phase;
    }
    if (!line || !phase || phase === "fetching" || phase === "opening") setTimeout(follow, EVERY_MS);
  };

  follow();
})();
