// The survey's first two screens: the start with its demonstration, and the questions.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const FRAME_MS = 750;

  const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  mbtiface.escape = escape;

  const choice = (name, legend, options, chosen) =>
    `<fieldset class="mf-segments"><legend>${escape(legend)}</legend><div class="mf-options">${options
      .map(([value, text, note]) =>
        `<label><input type="radio" name="survey-${name}" value="${value}"${value === chosen ? " checked" : ""}><span>${escape(text)}${note ? `<small>${escape(note)}</small>` : ""}</span></label>`)
      .join("")}</div></fieldset>`;

  const startMarkup = (survey) => {
    const t = (key) => survey.text(key);
    const { form, kind, by } = survey.state;
    // Not every bundle can take a photo.
    const photo = mbtiface.photoMarkup ? [["photo", t("photo")]] : [];
    return `<h2>${escape(t("intro_title"))}</h2><p class="mf-intro">${escape(t("intro"))}</p>
      ${choice("form", t("length"), [["quick", t("quick"), t("quick_note")], ["full", t("full"), t("full_note")]], form)}
      ${choice("kind", t("face"), [["female", t("female")], ["male", t("male")], ["madeup", t("madeup")], ...photo], kind)}
      <div class="mf-photo-host" hidden></div>
      <div class="mf-moved-by" hidden>${choice("by", t("by"), [["female", t("by_female")], ["male", t("by_male")], ["both", t("by_both")]], by)}
      <button type="button" class="mf-link" data-do="another">${escape(t("another"))}</button></div>
      <div class="mf-actions"><button type="button" class="mf-button mf-strong" data-do="start">${escape(t("start"))}</button>
      <button type="button" class="mf-link" data-do="demo">${escape(t("demo"))}</button></div>`;
  };

  mbtiface.drawStart = (survey) => {
    const { talk, state } = survey;
    talk.innerHTML = startMarkup(survey);
    const face = () => mbtiface.drawStartFace(survey);
    talk.onchange = ({ target }) => {
      state[target.name.replace("survey-", "")] = target.value;
      if (target.name === "survey-kind") face();
    };
    talk.onclick = ({ target }) => {
      const action = target.closest("[data-do]")?.dataset.do;
      if (action === "start") survey.run();
      else if (action === "demo") playDemo(survey);
      else if (action === "another") {
        state.seed = mbtiface.newSeed();
        face();
      }
    };
    face();
  };

  // What the chosen start asks for, and its face. Until a photo's face is there the old one stays.
  mbtiface.drawStartFace = (survey) => {
    const { talk, state, root, stage } = survey;
    const own = state.kind === "photo";
    const ready = Boolean(mbtiface.photo.start());
    root.dataset.kind = state.kind;
    talk.querySelector(".mf-moved-by").hidden = !own && state.kind !== "madeup";
    talk.querySelector("[data-do=another]").hidden = own;
    talk.querySelector("[data-do=start]").disabled = own && !ready;
    const host = talk.querySelector(".mf-photo-host");
    host.hidden = !own;
    if (own) mbtiface.photoPanel(host);
    const kept = own && !ready && stage.figure.dataset.shown && !stage.figure.dataset.shown.includes("start=photo:");
    if (!kept) survey.show({ start: survey.start, by: survey.by, axes: {} });
  };

  // The demonstration: the start and 14 steps, each labelled with its letter.
  const playDemo = async (survey) => {
    const { talk, demo } = survey;
    survey.screen("demo");
    talk.innerHTML = `<h2>${escape(survey.text("demo_title"))}</h2>
      <ol class="mf-sequence">${demo.map(({ letter }) => `<li data-letter="${letter}">${letter}</li>`).join("")}</ol>
      <p class="mf-step" aria-live="off"></p>
      <div class="mf-actions"><button type="button" class="mf-button" data-do="stop">${escape(survey.text("demo_stop"))}</button></div>`;
    const run = (survey.demoRun = {});
    talk.onclick = ({ target }) => {
      const action = target.closest("[data-do]")?.dataset.do;
      if (action === "again") playDemo(survey);
      else if (action === "stop") {
        survey.demoRun = null;
        survey.begin();
      }
    };
    const frames = [{ letter: "", axes: {} }, ...demo].map((frame) => ({ ...frame, start: survey.start, by: survey.by }));
    mbtiface.prefetch(frames);
    const items = talk.querySelectorAll(".mf-sequence li");
    for (const [step, frame] of frames.entries()) {
      const started = performance.now();
      await survey.show(frame, { sharp: step === 14 });
      if (survey.demoRun !== run) return;
      items.forEach((item, at) => item.classList.toggle("mf-on", at < step));
      items[step - 1]?.setAttribute("aria-current", "step");
      items[step - 2]?.removeAttribute("aria-current");
      survey.root.dataset.step = step;
      const label = talk.querySelector(".mf-step");
      label.dataset.letter = frame.letter;
      label.textContent = frame.letter ? `${step} · ${frame.letter}` : survey.text("demo_start");
      await mbtiface.wait(Math.max(0, FRAME_MS - (performance.now() - started)));
      if (survey.demoRun !== run) return;
    }
    talk.querySelector(".mf-actions").innerHTML =
      `<button type="button" class="mf-button" data-do="again">${escape(survey.text("demo_again"))}</button>
       <button type="button" class="mf-link" data-do="stop">${escape(survey.text("quit"))}</button>`;
  };

  const ARROW = '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M12 4l-6 6 6 6"/></svg>';

  const questionMarkup = (survey) => `
    <ol class="mf-progress" aria-hidden="true">${survey.items.map(() => "<li></li>").join("")}</ol>
    <div class="mf-meta"><span class="mf-count"></span><span class="mf-line" role="status"></span></div>
    <h2 class="mf-question" aria-live="polite"></h2>
    <div class="mf-targets" role="group">${[0, 1, 2, 3, 4]
      .map((option) => `<button type="button" class="mf-target" data-option="${option}"><span aria-hidden="true">${option + 1}</span></button>`)
      .join("")}</div>
    <div class="mf-ends"><span>${escape(survey.text("disagree"))}</span><span>${escape(survey.text("agree"))}</span></div>
    <div class="mf-nav"><button type="button" class="mf-link" data-do="back">${ARROW}<span></span></button>
    <span class="mf-keys">${escape(survey.text("keys"))}</span>
    <button type="button" class="mf-link mf-forward" data-do="forward"><span>${escape(survey.text("forward"))}</span>${ARROW}</button></div>`;

  mbtiface.drawQuestion = (survey) => {
    const { talk, items, state } = survey;
    const item = items[state.index];
    if (talk.querySelectorAll(".mf-progress li").length !== items.length) {
      talk.innerHTML = questionMarkup(survey);
      talk.onchange = null;
      talk.onclick = ({ target }) => {
        const button = target.closest("button");
        if (button?.dataset.option) survey.answer(Number(button.dataset.option));
        else if (button?.dataset.do) survey[button.dataset.do]();
      };
    }
    survey.root.dataset.question = state.index;
    talk.querySelector(".mf-count").textContent = survey.text("progress", { number: state.index + 1, total: items.length });
    talk.querySelector(".mf-question").textContent = item.text;
    talk.querySelector("[data-do=back] span").textContent = survey.text(state.index ? "back" : "quit");
    talk.querySelector(".mf-forward").hidden = state.index >= state.answers.length;
    for (const button of talk.querySelectorAll(".mf-target")) {
      button.setAttribute("aria-label", item.moves[button.dataset.option].label);
      button.title = item.moves[button.dataset.option].label;
    }
    paint(survey);
  };

  mbtiface.markAnswer = (survey) => paint(survey);

  const paint = (survey) => {
    const { talk, items, state } = survey;
    talk.querySelectorAll(".mf-progress li").forEach((segment, index) => {
      const option = state.answers[index];
      segment.dataset.letter = option === undefined ? "" : items[index].moves[option].letter;
      segment.className = index === state.index ? "mf-here" : option === undefined ? "" : "mf-done";
    });
    const chosen = state.answers[state.index];
    for (const button of talk.querySelectorAll(".mf-target")) {
      button.setAttribute("aria-pressed", Number(button.dataset.option) === chosen);
    }
    const line = talk.querySelector(".mf-line");
    line.textContent = survey.moved?.line || "";
    line.dataset.letter = survey.moved?.letter || "";
  };
})();
