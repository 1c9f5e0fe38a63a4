// The survey: which screen is on, what was answered so far, and which face that makes. The server
// sends each option with its move; here moves are only added up.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const MEMORY = "mbtiface.survey";
  const SETTLE_MS = 160;
  const FORMS = ["quick", "full"];

  class Survey {
    constructor(root, server, demo) {
      Object.assign(this, { root, server, demo });
      this.state = { form: "quick", kind: "female", seed: newSeed(), by: "both", answers: [], index: -1 };
      root.innerHTML = '<figure></figure><div class="mf-talk"></div>';
      this.stage = new mbtiface.Stage(root.firstChild);
      this.talk = root.lastChild;
      document.addEventListener("keydown", (event) => this.key(event));
      document.addEventListener("mbtiface:photo", () => this.photoChanged());
    }

    text(key, values = {}) {
      return mbtiface.fill(mbtiface.texts[`survey_${key}`], values);
    }

    get start() {
      return (this.state.kind === "photo" && mbtiface.photo.start()) || this.openStart;
    }

    // The start as others may see it: a photo's face stays with its person.
    get openStart() {
      const { kind, seed, by } = this.state;
      if (kind === "photo") return mbtiface.photo.standIn(by, seed);
      return kind === "madeup" ? `seed:${seed}` : `average:${kind}`;
    }

    get by() {
      return ["madeup", "photo"].includes(this.state.kind) ? this.state.by : this.state.kind;
    }

    // The photo's face is another one now, or was deleted: then the answers move a stand-in.
    photoChanged() {
      if (this.state.kind !== "photo") return;
      const { screen } = this.root.dataset;
      if (screen === "start") return mbtiface.drawStartFace(this);
      if (!mbtiface.photo.start()) this.leavePhoto();
      if (screen === "question") this.ask(this.state.index);
      else if (screen === "result") {
        this.stage.clear();
        this.finish(true);
      } else this.begin();
    }

    leavePhoto() {
      const { by, answers } = this.state;
      this.state.kind = by === "both" ? "madeup" : by;
      this.stage.clear();
      if (answers.length) this.remember();
    }

    // The face that `answers` (option indices, holes allowed) make.
    face(answers = this.state.answers) {
      const axes = {};
      answers.forEach((option, index) => {
        const item = this.items[index];
        axes[item.axis] = (axes[item.axis] || 0) + item.moves[option].add;
      });
      return { start: this.start, by: this.by, axes };
    }

    alt({ axes }) {
      const moved = Object.entries(axes || {}).filter(([, value]) => value);
      if (!moved.length) return this.text("alt_start");
      const list = moved.map(([axis, value]) => `${letterToward(axis, value)} ${Math.abs(value).toFixed(2)}`);
      return this.text("alt_moved", { axes: list.join(", ") });
    }

    show(address = this.face(), options) {
      return this.stage.show(address, this.alt(address), options);
    }

    // Questions or a result did not come.
    tell({ state }, again) {
      this.stage.tell(state, again, this.text("failed"));
    }

    screen(name) {
      this.root.dataset.screen = name;
      document.body.classList.toggle("mf-asking", name === "question");
      this.stage.figure.hidden = name === "result";
    }

    async call(name, values) {
      const asked = { lang: mbtiface.lang, ...mbtiface.session(), ...values };
      const answer = await this.server[name](asked).catch(() => null);
      if (answer?.items || answer?.code) return answer;
      // Gradio does not say why nothing came: whether the server can be reached is asked apart.
      const reached = answer || (await fetch("model", { cache: "no-store" }).then(() => true, () => false));
      throw Object.assign(new Error(name), { state: reached ? "error" : "offline" });
    }

    async open() {
      const shared = mbtiface.readShared(location.hash);
      const kept = shared || this.recall();
      if (kept && FORMS.includes(kept.form)) {
        this.state = { ...this.state, ...kept };
        // The photo did not outlive the page that it was given to.
        if (this.state.kind === "photo") this.leavePhoto();
        try {
          await this.fetchItems();
          if (this.state.answers.length > this.items.length) throw new Error("answers");
          if (this.state.answers.length === this.items.length) return await this.finish();
          return this.ask(this.state.answers.length);
        } catch (problem) {
          if (problem.state) return this.openLater(problem);
          this.forget();
        }
      }
      this.begin();
    }

    // The server could not tell: what was kept or sent in a link stays for another try.
    openLater(problem) {
      this.screen("start");
      mbtiface.drawStart(this);
      this.tell(problem, () => this.open());
    }

    begin() {
      this.state = { ...this.state, answers: [], index: -1 };
      this.forget();
      if (location.hash) history.replaceState(null, "", location.pathname + location.search);
      this.screen("start");
      mbtiface.drawStart(this);
    }

    async fetchItems() {
      this.items = (await this.call("survey_questions", { form: this.state.form })).items;
    }

    async run() {
      this.state.answers = [];
      try {
        await this.fetchItems();
        this.ask(0);
      } catch (problem) {
        this.tell(problem, () => this.run());
      }
    }

    ask(index) {
      this.state.index = index;
      this.screen("question");
      mbtiface.drawQuestion(this);
      this.show();
      this.fetchAhead();
    }

    // While the question is read, the five faces that its answers lead to are fetched.
    fetchAhead() {
      const { answers, index } = this.state;
      mbtiface.prefetch(this.items[index].moves.map((_, option) => this.face(put(answers, index, option))));
    }

    async answer(option) {
      const { index } = this.state;
      if (this.root.dataset.screen !== "question" || this.settling) return;
      this.settling = true;
      this.state.answers = put(this.state.answers, index, option);
      this.remember();
      this.moved = this.items[index].moves[option];
      this.show();
      mbtiface.markAnswer(this, option);
      await mbtiface.wait(SETTLE_MS);
      this.settling = false;
      // Who went back meanwhile stays there.
      if (this.state.index !== index || this.root.dataset.screen !== "question") return;
      if (index + 1 < this.items.length) {
        this.state.index = index + 1;
        mbtiface.drawQuestion(this);
        this.fetchAhead();
      } else {
        await this.finish();
      }
    }

    back() {
      this.moved = null;
      if (this.state.index > 0) this.ask(this.state.index - 1);
      else this.begin();
    }

    forward() {
      const { index, answers } = this.state;
      if (index >= answers.length) return;
      this.moved = null;
      if (index + 1 < this.items.length) this.ask(index + 1);
      else this.finish();
    }

    get query() {
      const { form, answers } = this.state;
      return { form, answers: answers.join(""), start: this.start, by: this.by };
    }

    // The result's face as the morph tab takes it up.
    morphStart() {
      const { start, by, axes } = this.face();
      return { start, by, axes };
    }

    // `again`: only the face is another one, so the page stays where it is.
    async finish(again = false) {
      this.remember();
      try {
        const outcome = await this.call("survey_outcome", this.query);
        this.screen("result");
        mbtiface.drawResult(this, outcome, again);
        if (again) return;
        sessionStorage["mbtiface.code"] = outcome.code;
        const { code, gender, axes, ranking } = outcome;
        const detail = { code, gender, axes, ranking, face: this.morphStart() };
        document.dispatchEvent(new CustomEvent("mbtiface:result", { detail }));
      } catch (problem) {
        const { screen } = this.root.dataset;
        if (!["question", "result"].includes(screen)) throw problem;
        if (screen === "result") this.ask(this.items.length - 1);
        this.tell(problem, () => this.finish());
      }
    }

    key(event) {
      const { target } = event;
      const busy = event.ctrlKey || event.metaKey || event.altKey || target.closest?.("input, textarea, select, dialog, [role=tab]");
      if (busy || this.root.dataset.screen !== "question" || !this.root.offsetParent) return;
      const targets = [...this.talk.querySelectorAll(".mf-target")];
      if (/^[1-5]$/.test(event.key)) {
        if (!event.repeat) this.answer(Number(event.key) - 1);
      } else if (event.key === "ArrowUp") this.back();
      else if (event.key === "ArrowDown") this.forward();
      else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        const at = targets.indexOf(document.activeElement);
        const from = at < 0 ? this.state.answers[this.state.index] ?? 2 : at + (event.key === "ArrowLeft" ? -1 : 1);
        targets[Math.max(0, Math.min(4, from))].focus();
      } else return;
      event.preventDefault();
    }

    remember() {
      sessionStorage[MEMORY] = JSON.stringify(this.state);
    }

    recall() {
      try {
        return JSON.parse(sessionStorage[MEMORY] || "null");
      } catch {
        return null;
      }
    }

    forget() {
      sessionStorage.removeItem(MEMORY);
      sessionStorage.removeItem("mbtiface.code");
    }
  }

  const newSeed = () => Math.floor(Math.random() * 2 ** 31);

  const put = (answers, index, option) => {
    const copy = answers.slice();
    copy[index] = option;
    return copy;
  };

  const LETTERS = { EI: "IE", SN: "SN", TF: "TF", JP: "PJ" };
  const letterToward = (axis, value) => LETTERS[axis][value > 0 ? 1 : 0];

  // A shared result: #result=FORM.ANSWERS.START.BY
  mbtiface.shareHash = ({ form, answers, start, by }) => `#result=${[form, answers, start, by].join(".")}`;
  mbtiface.readShared = (hash) => {
    const found = /^#result=(quick|full)\.([0-4]+)\.(average:(female|male)|seed:(\d+))\.(female|male|both)$/.exec(decodeURIComponent(hash));
    if (!found) return null;
    const [, form, answers, , kind, seed, by] = found;
    return { form, answers: [...answers].map(Number), kind: kind || "madeup", ...(seed ? { seed: Number(seed) } : {}), by };
  };

  mbtiface.newSeed = newSeed;
  mbtiface.survey = (element, server, demo) => {
    const root = element.querySelector("#mf-survey");
    if (root) new Survey(root, server, demo).open();
  };
})();
