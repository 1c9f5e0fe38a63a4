// The match tab: puts the ranking of the chosen type on the page, faces first.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const PODIUM = 3;

  mbtiface.match = (element) => {
    const section = () => element.querySelector(".mf-match");
    const picked = (name) => section().querySelector(`[name=${name}]:checked`)?.value;
    mbtiface.watchGrid(element);

    const make = (tag, className, text = "") => {
      const node = document.createElement(tag);
      node.className = className;
      node.textContent = text;
      return node;
    };

    const face = (code, gender, words, size) => {
      const img = document.createElement("img");
      const address = { start: `type:${code}:${gender}`, by: gender };
      img.loading = "lazy";
      img.width = img.height = 256;
      img.alt = mbtiface.fill(words[`match_alt_${gender}`], { code });
      img.src = mbtiface.url(address, size);
      return img;
    };

    const entry = (code, rank, reason, gender, words, names) => {
      const item = make("li", "mf-place");
      const text = make("div", "mf-place-text");
      const title = make("p", "mf-place-title");
      title.append(make("span", "mf-code", code), make("span", "mf-name", names[code]));
      text.append(make("span", "mf-rank", mbtiface.fill(words.match_rank, { rank })), title, make("p", "mf-reason", reason));
      item.append(face(code, gender, words, rank > PODIUM ? 256 : 512), text);
      return item;
    };

    const show = () => {
      const code = picked("match-code");
      const gender = picked("match-gender");
      section().querySelector(".mf-empty").hidden = Boolean(code);
      section().querySelector(".mf-answer").hidden = !code;
      if (!code) return;
      const words = mbtiface.json(section(), "words");
      const names = mbtiface.json(section(), "names");
      const { reasons, order } = mbtiface.json(section(), "rankings");
      const items = order[code].map(([other, reason], index) =>
        entry(other, index + 1, reasons[reason], gender, words, names));
      section().querySelector(".mf-answer h2").textContent = mbtiface.fill(words.match_podium, { code });
      section().querySelector(".mf-podium").replaceChildren(...items.slice(0, PODIUM));
      section().querySelector(".mf-rest").replaceChildren(...items.slice(PODIUM));
    };

    const choose = ({ code, gender } = {}) => {
      const select = (name, value) => {
        const input = section()?.querySelector(`[name=${name}][value="${value}"]`);
        if (input) input.checked = true;
      };
      select("match-code", code);
      if (gender) select("match-gender", gender);
      if (section()) show();
    };

    element.addEventListener("change", show);
    document.addEventListener("mbtiface:result", ({ detail }) => choose(detail));
    const known = mbtiface.result;
    if (known) choose(known);
  };

  // The survey may end before this tab is on the page.
  document.addEventListener("mbtiface:result", ({ detail }) => (mbtiface.result = detail));
})();
