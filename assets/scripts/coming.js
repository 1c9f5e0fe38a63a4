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
    const { phase, text } = await ask().catch(() => ({}));
    const line = document.querySelector(".mf-coming");
    if (line && text) {
      line.hidden = false;
      if (line.textContent !== text) line.textContent = text;
      line.dataset.phase = phase;
    }
    if (!line || !phase || phase === "fetching" || phase === "opening") setTimeout(follow, EVERY_MS);
  };

  follow();
})();
