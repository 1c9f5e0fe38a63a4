// One's own face joins the average of the type that the answers made: asked for, shown before and
// after, taken out again. What was joined is known to this page alone and goes with it.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const GENDERS = ["female", "male"];
  const NAMES = ["before", "after", "stretched"];
  const AGAIN = ["away", "busy", "offline", "failed"];
  const escape = (text) => mbtiface.escape(text);
  const text = (key, values = {}) => mbtiface.fill(mbtiface.texts[`join_${key}`], values);

  const known = new Map(); // photo's token and code -> { id, gender, done, undone, own }

  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // Puts the section into `host`; the face is the one of the photo that the survey started from.
  mbtiface.joinSection = (host, survey, code) => {
    const photo = mbtiface.photo.state.result?.photo;
    if (!mbtiface.joining || !photo) return;
    const key = `${photo} ${code}`;
    if (!known.has(key)) known.set(key, { id: newId(), gender: GENDERS.includes(survey.by) ? survey.by : "", own: false });
    new Section(host, survey, code, known.get(key)).draw();
  };

  const ask = async (method, values) => {
    let response;
    try {
      response = await fetch(`join?${new URLSearchParams({ ...values, ...mbtiface.session() })}`, { method, cache: "no-store" });
    } catch {
      return { error: { key: "offline" } };
    }
    return response.json().catch(() => ({ error: { key: "failed" } }));
  };

  class Section {
    constructor(host, survey, code, entry) {
      Object.assign(this, { survey, code, entry });
      host.innerHTML = `<details class="mf-join"><summary><span>${escape(text("title"))}</span>
        <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M5 8l5 5 5-5"/></svg></summary><div class="mf-join-body"></div></details>`;
      this.details = host.firstChild;
      this.body = this.details.lastChild;
      this.details.open = Boolean(entry.done || entry.undone);
      this.details.addEventListener("toggle", () => this.opened());
      this.body.addEventListener("change", ({ target }) => this.changed(target));
      this.body.addEventListener("click", ({ target }) => {
        const action = target.closest("[data-do]")?.dataset.do;
        if (["join", "undo"].includes(action)) this.run(action);
        else if (action === "join-again") this.again();
      });
    }

    get query() {
      const { form, answers, start, by } = this.survey.query;
      return { form, answers, start, by, gender: this.entry.gender };
    }

    // Before anything is filled in, the page says whether joining works at the moment.
    async opened() {
      if (!this.details.open || this.entry.done || this.entry.undone) return;
      const { state, error } = await ask("GET", {});
      if (state === "on" || this.busy || this.entry.done) return this.tell("");
      this.tell(error?.key || "away", () => this.opened());
    }

    changed(target) {
      if (target.name === "join-gender") this.entry.gender = target.value;
      if (target.name === "join-own") this.entry.own = target.checked;
      this.enable();
    }

    enable() {
      const button = this.body.querySelector("[data-do=join]");
      if (button) button.disabled = this.busy || !this.entry.own || !this.entry.gender;
    }

    async run(action) {
      if (this.busy) return;
      this.busy = true;
      this.tell("");
      const button = this.body.querySelector(`[data-do=${action}]`);
      button.disabled = true;
      button.textContent = text(action === "join" ? "joining" : "undoing");
      const joining = action === "join";
      // The same id again for the same face: whatever went wrong on the way, it counts once.
      const answer = await ask(joining ? "POST" : "DELETE", joining ? { ...this.query, join_id: this.entry.id, own: 1 } : this.query);
      this.busy = false;
      button.disabled = false;
      button.textContent = text(action);
      if (answer.error) return this.failed(action, answer.error.key);
      Object.assign(this.entry, joining ? { done: answer } : { done: null, undone: true });
      this.draw();
      this.body.querySelector(".mf-join-done").focus({ preventScroll: true });
    }

    failed(action, key) {
      if (AGAIN.includes(key)) return this.tell(key, () => this.run(action));
      if (key === "gone") return this.tell(key, mbtiface.photo.resend, mbtiface.photo.text("resend"));
      const button = this.body.querySelector(`[data-do=${action}]`);
      button.hidden = true;
      if (action === "undo") this.body.querySelector(".mf-join-until").hidden = true;
      this.tell(key);
    }

    // What went wrong, with what helps; "" for nothing.
    tell(key, again, label = text("again")) {
      const line = this.body.querySelector(".mf-join-problem");
      if (!line) return;
      this.again = again;
      line.hidden = !key;
      const [sentence, button] = line.children;
      sentence.textContent = key ? text(`error_${key}`, { code: this.code }) : "";
      button.hidden = !again;
      button.textContent = label;
    }

    draw() {
      const { done, undone } = this.entry;
      this.body.innerHTML = done ? this.joined(done) : undone ? this.left() : this.form();
      this.enable();
    }

    form() {
      const { gender, own } = this.entry;
      const choice = (value) =>
        `<label><input type="radio" name="join-gender" value="${value}"${value === gender ? " checked" : ""}><span>${escape(text(value))}</span></label>`;
      return `<p>${escape(text("kept"))}</p>
        <fieldset class="mf-segments"><legend>${escape(text("whose", { code: this.code }))}</legend><div class="mf-options">${GENDERS.map(choice).join("")}</div></fieldset>
        <label class="mf-tick"><input type="checkbox" name="join-own"${own ? " checked" : ""}><span>${escape(text("own"))}</span></label>
        <div><button type="button" class="mf-button mf-strong" data-do="join" disabled>${escape(text("join"))}</button></div>
        ${PROBLEM}<p class="mf-join-fine">${escape(text("limit"))}</p>`;
    }

    joined({ gender, count, clipped, times, pictures }) {
      const values = { code: this.code, count, times };
      const figure = (name) =>
        `<figure data-picture="${name}"><div class="mf-picture"><img src="${pictures[name]}" alt="${escape(text(`alt_${name}`, values))}" width="256" height="256"></div>
        <figcaption>${escape(text(name, values))}</figcaption></figure>`;
      return `<p class="mf-join-done" role="status" tabindex="-1">${escape(text(`done_${gender}`, values))}</p>
        <div class="mf-join-pictures">${NAMES.map(figure).join("")}<p>${escape(text("small"))}${clipped ? ` ${escape(text("clipped"))}` : ""}</p></div>
        <div class="mf-join-undo"><button type="button" class="mf-button" data-do="undo">${escape(text("undo"))}</button>
        <p class="mf-join-fine mf-join-until">${escape(text("until"))}</p></div>${PROBLEM}`;
    }

    left() {
      return `<p class="mf-join-done" role="status" tabindex="-1">${escape(text("undone", { code: this.code }))}</p>`;
    }
  }

  const PROBLEM = `<div class="mf-join-problem" role="alert" hidden><span></span><button type="button" class="mf-button" data-do="join-again"></button></div>`;
})();
