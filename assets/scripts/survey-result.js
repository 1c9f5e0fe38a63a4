// The survey's result: code, two faces, four bars, matches, and the way that led here.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const FRAME_MS = 450;
  const escape = (text) => mbtiface.escape(text);
  const src = (face, size) => escape(mbtiface.url(face, size, mbtiface.version));
  const letters = (code) => [...code].map((letter) => `<span data-letter="${letter}">${letter}</span>`).join("");

  // A way on to another tab, which opens where this result is.
  const onward = (action, label, more = "") =>
    `<button type="button" class="mf-link mf-onward" data-do="${action}"${more}>${escape(label)}</button>`;

  const averageFigure = (face, label) =>
    `<figure><div class="mf-picture"><img src="${src(face, 512)}" alt="${escape(face.alt)}" width="512" height="512"></div>
     <figcaption><span>${escape(face.label)}</span>${onward("type", label, ` data-gender="${face.by}"`)}</figcaption></figure>`;

  const side = ({ letter, word, percent }, chosen) =>
    `<span class="mf-bar-side${letter === chosen ? " mf-chosen" : ""}" data-letter="${letter}"><b>${letter}</b> <span>${escape(word)}</span> <span class="mf-percent">${percent}%</span></span>`;

  const bar = ({ axis, sides, chosen, close }, closeText) => {
    const tag = close ? `<span class="mf-tag">${escape(closeText)}</span>` : "";
    const parts = sides.map(({ letter, percent }) =>
      `<i data-letter="${letter}" class="${letter === chosen ? "mf-chosen" : ""}" style="width:${percent}%"></i>`);
    return `<li data-axis="${axis}"><div class="mf-bar-words">${side(sides[0], chosen)}${tag}${side(sides[1], chosen)}</div>
      <div class="mf-track" aria-hidden="true">${parts.join("")}</div></li>`;
  };

  const match = ({ code, name, reason, faces }) =>
    `<li><div class="mf-two">${faces.map((face) => `<img src="${src(face, 256)}" alt="${escape(face.alt)}" loading="lazy" width="256" height="256">`).join("")}</div>
     <div><p class="mf-match-code">${letters(code)} <span>${escape(name)}</span></p><p class="mf-reason">${escape(reason)}</p></div></li>`;

  const markup = (survey, outcome) => {
    const t = (key) => escape(survey.text(key));
    const photoLine = `<p class="mf-own"><span>${escape(mbtiface.photo.text("started_from"))}</span>
      <button type="button" class="mf-link" data-do="delete">${escape(mbtiface.photo.text("delete"))}</button></p>`;
    const card = `card.png?${new URLSearchParams({ ...survey.query, lang: mbtiface.lang, ...mbtiface.session() })}`;
    return `<article class="mf-result">
      <header><h2>${letters(outcome.code)}</h2><p class="mf-type-name">${escape(outcome.name)}</p>
      ${outcome.neighbour ? `<p class="mf-neighbour"><span class="mf-tag">${t("close")}</span> ${escape(outcome.neighbour.line)}</p>` : ""}</header>
      <div class="mf-pair" data-faces="${1 + outcome.averages.length}"><figure class="mf-mine"><div></div>
      <figcaption><span>${t("your_face")}</span>${onward("morph", survey.text("to_morph"))}</figcaption></figure>
      ${outcome.averages.map((face) => averageFigure(face, survey.text("to_type"))).join("")}</div>
      <p class="mf-honest">${t("honest")}</p>
      <div class="mf-actions"><a class="mf-button mf-strong" href="${escape(card)}" download data-do="save">${t("save")}</a>
      <button type="button" class="mf-button" data-do="play">${t("play")}</button>
      <button type="button" class="mf-button" data-do="share">${t("share")}</button>
      <button type="button" class="mf-link" data-do="again">${t("again")}</button></div>
      <p class="mf-small mf-saving" role="status" hidden></p>
      ${survey.state.kind === "photo" ? `${photoLine}<div class="mf-join-host"></div>` : ""}
      <section><h3>${t("bars")}</h3><ul class="mf-bars">${outcome.bars.map((entry) => bar(entry, survey.text("close"))).join("")}</ul></section>
      <section><h3>${t("matches")}</h3><ul class="mf-matches">${outcome.matches.map(match).join("")}</ul>
      ${onward("match", survey.text("to_match"))}<p class="mf-small">${escape(outcome.note)}</p></section></article>`;
  };

  mbtiface.drawResult = (survey, outcome, again) => {
    const { talk } = survey;
    talk.innerHTML = markup(survey, outcome);
    talk.onchange = null;
    const stage = new mbtiface.Stage(talk.querySelector(".mf-mine > div"));
    const alt = survey.text("alt_final");
    stage.adopt(survey.stage);
    stage.show(survey.face(), alt);
    const host = talk.querySelector(".mf-join-host");
    if (host) mbtiface.joinSection(host, survey, outcome.code);
    talk.onclick = async (event) => {
      const button = event.target.closest("[data-do]");
      const action = button?.dataset.do;
      if (action === "save") {
        event.preventDefault();
        return save(survey, button);
      }
      if (action === "again") survey.begin();
      else if (action === "play") play(survey, stage, button, alt);
      else if (action === "delete") mbtiface.photo.forget();
      else if (action === "share") share(survey, button);
      else if (action === "match") mbtiface.openTab("match");
      else if (action === "morph") goTo("morph", "mbtiface:start", survey.morphStart());
      else if (action === "type") goTo("types", "mbtiface:type", { code: outcome.code, gender: button.dataset.gender });
    };
    if (!again) window.scrollTo({ top: 0 });
  };

  const goTo = (tab, event, detail) => {
    mbtiface.openTab(tab);
    document.dispatchEvent(new CustomEvent(event, { detail }));
  };

  // Every face between the start and here, one for each answer.
  const play = async (survey, stage, button, alt) => {
    if (stage.playing) {
      stage.playing = false;
      return;
    }
    stage.playing = true;
    button.textContent = survey.text("play_stop");
    const caption = stage.figure.parentElement.querySelector("figcaption span");
    const { answers } = survey.state;
    const frames = [0, ...answers.keys()].map((_, count) => survey.face(answers.slice(0, count)));
    mbtiface.prefetch(frames);
    for (const [count, frame] of frames.entries()) {
      const started = performance.now();
      await stage.show(frame, survey.alt(frame), { sharp: false });
      stage.figure.dataset.step = count;
      const letter = count ? survey.items[count - 1].moves[answers[count - 1]].letter : "";
      caption.dataset.letter = letter;
      caption.textContent = count ? `${count} / ${answers.length}${letter ? ` · ${letter}` : ""}` : survey.text("demo_start");
      await mbtiface.wait(Math.max(0, FRAME_MS - (performance.now() - started)));
      if (!stage.playing || !stage.figure.isConnected) break;
    }
    stage.playing = false;
    caption.dataset.letter = "";
    caption.textContent = survey.text("your_face");
    button.textContent = survey.text("play");
    stage.show(survey.face(), alt);
  };

  // Not by the link itself: its address may hold a photo's token, which must not end up in the
  // browser's list of downloads, and a card that does not come is to be told in words.
  const save = async (survey, link) => {
    if (link.ariaBusy) return;
    link.ariaBusy = "true";
    tellSaving(survey, survey.text("card_making"));
    let sentence = "";
    try {
      const response = await fetch(link.href);
      if (response.ok) await mbtiface.saveFile(response);
      else sentence = mbtiface.trouble(mbtiface.stateOf(response, link.href), cardWords(survey)).sentence;
    } catch {
      sentence = mbtiface.texts.shell_offline;
    }
    link.ariaBusy = null;
    tellSaving(survey, sentence);
  };

  const cardWords = (survey) => ({ busy: survey.text("card_busy"), error: survey.text("card_failed") });

  const tellSaving = (survey, sentence) => {
    const line = survey.talk.querySelector(".mf-saving");
    if (!line) return;
    line.hidden = !sentence;
    line.textContent = sentence;
  };

  const share = async (survey, button) => {
    const url = new URL(location.href);
    url.hash = mbtiface.shareHash({ ...survey.query, start: survey.openStart });
    try {
      await navigator.clipboard.writeText(url.href);
      button.textContent = survey.text("shared");
      await mbtiface.wait(1800);
      button.textContent = survey.text("share");
    } catch {
      window.prompt(survey.text("share"), url.href); // where the clipboard is closed to pages
    }
  };
})();
