// The match tab: the face of one's match, three types in front, then the rest. A code's ranking is
// on the page; the one of a survey's axis values comes from the server.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const PODIUM = 3;

  mbtiface.match = (element, server) => {
    let survey = null; // { code, axes } of the survey's result
    let bySurvey = false;
    let serial = 0;
    const section = () => element.querySelector(".mf-match");
    const find = (selector) => section().querySelector(selector);
    const picked = (name) => find(`[name=${name}]:checked`)?.value;
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

    const blend = ({ parts, start }, code, gender, words, names) => {
      find(".mf-match-face h2").textContent = mbtiface.fill(words.match_face, { code });
      find(".mf-parts").replaceChildren(...parts.map(([other, percent]) => {
        const item = make("li", "");
        item.style.setProperty("--part", `${percent}%`);
        item.append(make("span", "mf-code", other), make("span", "mf-name", names[other]), make("span", "mf-percent", `${percent}%`));
        return item;
      }));
      const img = find(".mf-match-face img");
      const told = parts.map(([other, percent]) => `${other} ${percent}%`).join(", ");
      img.alt = mbtiface.fill(words[`match_face_alt_${gender}`], { parts: told });
      const url = mbtiface.url({ start: start[gender], by: gender }, mbtiface.sharpSize(img));
      mbtiface.show(img, url, { words: { ...words, error: words.face_error }, fade: true });
    };

    const ofCode = (code) => {
      const { reasons, order, parts } = mbtiface.json(section(), "rankings");
      const start = { female: `match:${code}:female`, male: `match:${code}:male` };
      return { order: order[code].map(([other, reason]) => [other, reasons[reason]]), parts: parts[code], start };
    };

    const ofSurvey = async () => {
      survey.ranking ||= await server.match_ranking({ code: survey.code, axes: survey.axes, lang: mbtiface.lang });
      if (survey.ranking?.order) return survey.ranking;
      survey = null;
      return null;
    };

    // Which ranking is shown, and the way to the other one.
    const tellSource = (code, words) => {
      const line = find(".mf-ranked-by");
      line.hidden = survey?.code !== code;
      line.querySelector("span").textContent = bySurvey ? words.match_by_survey : words.match_by_code;
      line.querySelector("button").textContent = bySurvey ? words.match_use_code : words.match_use_survey;
    };

    const show = async () => {
      const mine = ++serial;
      const code = picked("match-code");
      const gender = picked("match-gender");
      let found = null;
      find(".mf-empty").hidden = Boolean(code);
      if (code && bySurvey) found = await ofSurvey().catch(() => null);
      if (mine !== serial) return;
      if (!found) bySurvey = false;
      find(".mf-answer").hidden = !code;
      find(".mf-chosen-code").textContent = code || "";
      if (!code) return;
      found ||= ofCode(code);
      const words = mbtiface.json(section(), "words");
      const names = mbtiface.json(section(), "names");
      const items = found.order.map(([other, reason], index) => entry(other, index + 1, reason, gender, words, names));
      tellSource(code, words);
      blend(found, code, gender, words, names);
      find(".mf-podium-title").textContent = mbtiface.fill(words.match_podium, { code });
      find(".mf-podium").replaceChildren(...items.slice(0, PODIUM));
      find(".mf-rest").replaceChildren(...items.slice(PODIUM));
    };

    const choose = ({ code, gender, axes, ranking }) => {
      survey = axes ? { code, axes, ranking } : null;
      bySurvey = Boolean(survey);
      const select = (name, value) => {
        const input = section()?.querySelector(`[name=${name}][value="${value}"]`);
        if (input) input.checked = true;
      };
      select("match-code", code);
      if (gender) select("match-gender", gender);
      if (!section()) return;
      section().toggleAttribute("data-known", bySurvey);
      show();
    };

    element.addEventListener("change", ({ target }) => {
      if (target.name === "match-code") bySurvey = false;
      show();
    });
    element.addEventListener("click", ({ target }) => {
      const action = target.closest("[data-do]")?.dataset.do;
      if (action === "survey") mbtiface.openTab("survey");
      else if (action === "pick") {
        section().removeAttribute("data-known");
        find("[name=match-code]:checked").focus();
      } else if (action === "other-ranking") {
        bySurvey = !bySurvey;
        show();
      }
    });
    document.addEventListener("mbtiface:result", ({ detail }) => choose(detail));
    const known = mbtiface.result;
    if (known) choose(known);
  };

  // The survey may end before this tab is on the page.
  document.addEventListener("mbtiface:result", ({ detail }) => (mbtiface.result = detail));
})();
