// Shows faces by their address: one request in flight for each picture, the latest wins, and the
// old face stays until the new one is there.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const AXES = ["EI", "SN", "TF", "JP"];
  const FACTORS = ["difference", "truncation", "strength"];
  const FADE_MS = 240;
  const RETRY_MS = 2000;
  const MAX_RETRIES = 3;
  const FREE_MS = 60_000;
  const jobs = new WeakMap();
  // Our scripts are here: Gradio's own controls are not needed in their place.
  delete document.documentElement.dataset.plain;

  // The same text for the same face as the server writes, so that the browser's cache serves both.
  mbtiface.query = ({ start, by = "female", axes = {}, layers = "all", keep = "", ...factors }) => {
    const parts = [["start", start], ["by", by]];
    for (const axis of AXES) {
      const value = +(axes[axis] || 0).toPrecision(4);
      if (value) parts.push([axis, value]);
    }
    for (const name of FACTORS) {
      const value = +(factors[name] ?? 1).toPrecision(3);
      if (value !== 1) parts.push([name, value]);
    }
    if (layers !== "all") parts.push(["layers", layers]);
    if (keep) parts.push(["keep", keep]);
    return parts;
  };

  mbtiface.url = (address, size) => {
    const parts = [...mbtiface.query(address), ["size", size]];
    if (mbtiface.version) parts.push(["v", mbtiface.version]);
    return "face?" + mbtiface.queryText(parts);
  };

  // The model that this page began with: all that is asked for is asked of it.
  mbtiface.session = () => (mbtiface.version ? { v: mbtiface.version } : {});

  mbtiface.queryText = (parts) =>
    parts.map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%3A/g, ":")}`).join("&");

  // The size that fills a picture's box: 512 px unless the screen shows more.
  mbtiface.sharpSize = (img) => (img.clientWidth * (window.devicePixelRatio || 1) > 600 ? 1024 : 512);

  mbtiface.openTab = (name) => {
    document.querySelector(`#tab-${name}-button`)?.click();
    scrollTo(0, 0);
  };

  mbtiface.json = (element, name) => JSON.parse(element.dataset[name]);

  mbtiface.fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

  // Asks for `url` and puts it into `img`; `words` are the sentences of the states, `then` is called
  // once it is shown, unless another one is wanted by then.
  mbtiface.show = (img, url, { words, fade = false, then = null } = {}) => {
    const job = jobs.get(img) || { busy: false, next: null, retries: 0, timer: 0 };
    jobs.set(img, job);
    clearTimeout(job.timer);
    job.retries = 0;
    job.wanted = url;
    job.next = { url, words, fade, then };
    if (!job.busy) run(img, job);
  };

  // What was asked for last must not come any more: something newer is shown over it.
  mbtiface.forget = (img) => {
    const job = jobs.get(img);
    if (!job) return;
    clearTimeout(job.timer);
    job.wanted = job.next = null;
  };

  const run = async (img, job) => {
    job.busy = true;
    while (job.next) {
      const now = job.next;
      job.next = null;
      try {
        const picture = await load(now.url);
        if (!job.wanted) {
          URL.revokeObjectURL(picture);
          continue;
        }
        swap(img, picture, now.fade && !job.next);
        tell(img, null);
        job.retries = 0;
        if (!job.next) now.then?.();
      } catch (problem) {
        if (!job.next && job.wanted) failed(img, job, now, problem.state || "error");
      }
    }
    job.busy = false;
  };

  // What a refused picture means for who waits for it.
  mbtiface.stateOf = ({ status }, url) => {
    if (status === 503) return "busy";
    return status !== 500 && url.includes("photo:") ? "gone" : "error";
  };

  // The sentence and the action of a state; `words` are the tab's own sentences.
  mbtiface.trouble = (state, words, again) => {
    if (state !== "gone") return { sentence: words?.[state] || "", label: words?.retry || "", action: again };
    return { sentence: mbtiface.photo.text("gone"), label: mbtiface.photo.text("resend"), action: mbtiface.photo.resend };
  };

  const load = async (url) => {
    let response;
    try {
      response = await fetch(url);
    } catch {
      throw Object.assign(new Error(url), { state: "offline" });
    }
    if (!response.ok) {
      throw Object.assign(new Error(url), { state: mbtiface.stateOf(response, url) });
    }
    const source = URL.createObjectURL(await response.blob());
    const probe = new Image();
    probe.src = source;
    await probe.decode();
    return source;
  };

  const swap = (img, source, fade) => {
    const old = img.src;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (fade && !still && old && img.complete && img.parentElement) {
      const ghost = img.cloneNode();
      ghost.className = "mf-ghost";
      ghost.alt = "";
      ghost.setAttribute("aria-hidden", "true");
      img.after(ghost);
      const animation = ghost.animate([{ opacity: 1 }, { opacity: 0 }], { duration: FADE_MS, easing: "ease-out" });
      animation.onfinish = animation.oncancel = () => release(ghost.src, ghost);
      img.src = source;
    } else {
      img.src = source;
      release(old);
    }
  };

  const release = (source, element) => {
    element?.remove();
    if (source.startsWith("blob:")) URL.revokeObjectURL(source);
  };

  const failed = (img, job, now, state) => {
    const again = () => {
      job.next = job.next || now;
      if (!job.busy) run(img, job);
    };
    tell(img, state, now.words, again);
    if (state === "busy" && job.retries++ < MAX_RETRIES) job.timer = setTimeout(again, RETRY_MS);
  };

  const tell = (img, state, words, again) => {
    const line = img.closest("figure")?.querySelector(".mf-problem");
    if (!line) return;
    line.hidden = !state;
    if (!state) return;
    const [text, button] = [line.querySelector("span"), line.querySelector("button")];
    const { sentence, label, action } = mbtiface.trouble(state, words, again);
    text.textContent = sentence;
    button.textContent = label;
    button.onclick = action;
  };

  // Hands an answer to the visitor as a file, under the name that it bears.
  mbtiface.saveFile = async (response) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = /filename="([^"]+)"/.exec(response.headers.get("content-disposition"))?.[1] || "";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), FREE_MS);
  };

  // Watches a grid of lazily loaded faces: tries each again once, then says so in one line.
  mbtiface.watchGrid = (root) => {
    const missing = new Set();
    const line = () => root.querySelector(".mf-problem-line");
    const wanted = (img) => img.dataset.wanted || img.src;
    root.addEventListener("error", ({ target: img }) => {
      if (img.tagName !== "IMG" || img.closest(".mf-face")) return;
      if (!img.naturalWidth) img.dataset.broken = "";
      if (img.dataset.tried !== wanted(img)) {
        img.dataset.tried = wanted(img);
        setTimeout(() => mbtiface.replaceSource(img, wanted(img)), RETRY_MS);
        return;
      }
      missing.add(img);
      const text = line().querySelector("span");
      text.dataset.error ||= text.textContent;
      text.textContent = navigator.onLine ? text.dataset.error : mbtiface.texts.shell_offline;
      line().hidden = false;
    }, true);
    root.addEventListener("load", ({ target: img }) => {
      delete img.dataset.broken;
      if (missing.delete(img) && !missing.size) line().hidden = true;
    }, true);
    root.addEventListener("click", ({ target }) => {
      if (!target.closest("[data-do=retry]")) return;
      for (const img of missing) mbtiface.replaceSource(img, wanted(img));
    });
  };

  // Changes a face in a grid once the new one is decoded, so that no tile is ever blank; where the
  // new one does not come the old one stays and the picture gets an error event.
  mbtiface.replaceSource = async (img, url) => {
    img.dataset.wanted = url;
    const waiting = img.loading === "lazy" && !img.complete;
    if (!waiting) {
      const probe = new Image();
      probe.src = url;
      const came = await probe.decode().then(() => true, () => false);
      if (img.dataset.wanted !== url) return;
      if (!came) {
        img.dispatchEvent(new Event("error"));
        return;
      }
    }
    img.src = url;
  };
})();
