// A face that changes by cross-fade: the old picture stays until the new one is there, and an old
// one never comes after a newer one. Pictures are fetched ahead and kept.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const FADE_MS = 250;
  const RETRY_MS = [400, 1200, 2500];
  const AHEAD_AGAIN_MS = [300, 900, 2700, 8100];
  const KEPT = 96;
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  const kept = new Map(); // url -> { picture: Promise<Image>, ready, abort }

  const fetchBlob = async (url, entry) => {
    const { signal } = entry.abort;
    for (let attempt = 0; ; attempt++) {
      // What is fetched ahead says so: the server draws it after what somebody waits for.
      const { ahead } = entry;
      const headers = ahead ? { "x-ahead": "1" } : {};
      let state = "error";
      try {
        const response = await fetch(url, { signal, headers, priority: ahead ? "low" : "high" });
        if (response.status === 200) return await response.blob();
        // Without content: what is fetched ahead is refused while others wait.
        state = response.status === 204 ? "busy" : mbtiface.stateOf(response, url);
      } catch (problem) {
        if (signal.aborted) throw problem;
        state = "offline";
      }
      if (ahead && state === "busy") {
        // Not tried again, unless somebody waits for it by now.
        if (entry.ahead) throw Object.assign(new Error(url), { state });
        continue;
      }
      if (["error", "gone"].includes(state) || attempt === RETRY_MS.length) throw Object.assign(new Error(url), { state });
      await wait(RETRY_MS[attempt]);
    }
  };

  const load = (url, ahead = false) => {
    const found = kept.get(url);
    if (found) {
      // Wanted now and not there: ask once more, which moves it forward in the server's queue.
      if (!ahead && found.ahead && !found.ready) fetch(url, { cache: "no-store", priority: "high" }).catch(() => {});
      found.ahead &&= ahead;
      kept.delete(url);
      kept.set(url, found); // the most lately used stand last
      return found.picture;
    }
    const abort = new AbortController();
    const entry = { ready: false, ahead, abort };
    entry.picture = (async () => {
      const image = new Image();
      image.src = URL.createObjectURL(await fetchBlob(url, entry));
      await image.decode();
      entry.ready = true;
      return image;
    })();
    entry.picture.catch(() => kept.get(url) === entry && kept.delete(url));
    kept.set(url, entry);
    trim();
    return entry.picture;
  };

  const trim = () => {
    for (const [url, entry] of kept) {
      if (kept.size <= KEPT) return;
      if (!entry.ready) continue;
      kept.delete(url);
      entry.picture.then((image) => !image.isConnected && URL.revokeObjectURL(image.src));
    }
  };

  // Forgets every picture of a start, at once.
  const dropPictures = (start) => {
    for (const [url, entry] of kept) {
      if (!url.includes(`start=${start}&`)) continue;
      kept.delete(url);
      if (!entry.ready) entry.abort.abort();
      else entry.picture.then((image) => URL.revokeObjectURL(image.src));
    }
  };

  const urlOf = (address, size) => mbtiface.url(address, size, mbtiface.version);

  // Fetches the 256-px pictures of faces that may come next; what was fetched for others and is
  // not there yet is given up. While others wait the server refuses: then again a little later.
  let ahead = new Set();
  const prefetch = async (addresses) => {
    const urls = new Set(addresses.map((address) => urlOf(address, 256)));
    for (const url of ahead) {
      const entry = kept.get(url);
      if (entry && !entry.ready && !urls.has(url)) {
        kept.delete(url);
        entry.abort.abort();
      }
    }
    ahead = urls;
    for (const pause of AHEAD_AGAIN_MS) {
      const all = await Promise.allSettled([...urls].map((url) => load(url, true)));
      if (!all.some(({ reason }) => reason?.state === "busy")) return;
      await wait(pause);
      if (ahead !== urls) return;
    }
  };

  class Stage {
    constructor(figure) {
      this.figure = figure;
      this.serial = 0;
      figure.classList.add("mf-survey-face");
      figure.innerHTML = '<div class="mf-pictures"></div><div class="mf-trouble" role="status" hidden><span></span><button type="button" class="mf-button"></button></div>';
      this.pictures = figure.firstChild;
      this.trouble = figure.lastChild;
    }

    // Shows a face: 256 px as soon as it is there, then the size that fills the box. Resolves to
    // false when another face was asked for meanwhile.
    async show(address, alt, { sharp = true } = {}) {
      const serial = ++this.serial;
      this.trouble.hidden = true;
      const fine = this.sharpUrl(address);
      const sizes = sharp ? [fine] : [];
      if (!sharp || !kept.get(fine)?.ready) sizes.unshift(urlOf(address, 256));
      this.figure.dataset.wanted = sizes.at(-1);
      try {
        for (const url of sizes) {
          const image = await load(url);
          if (serial !== this.serial) return false;
          this.place(image, url, alt);
        }
        return true;
      } catch (problem) {
        if (serial === this.serial) this.tell(problem.state || "error", () => this.show(address, alt, { sharp }));
        return false;
      }
    }

    // Starts with the face that another stage shows, so that the place is never empty.
    adopt(other) {
      const picture = other.pictures.lastChild;
      if (picture) this.pictures.append(picture.cloneNode());
    }

    sharpUrl(address) {
      // On a phone 512 px are sharp enough, and drawn in half the time.
      return urlOf(address, innerWidth > 720 && this.figure.clientWidth > 320 ? 1024 : 512);
    }

    clear() {
      this.serial++;
      this.pictures.replaceChildren();
      delete this.figure.dataset.shown;
      delete this.figure.dataset.wanted;
      this.trouble.hidden = true;
    }

    place(image, url, alt) {
      if (this.figure.dataset.shown === url) return;
      const before = [...this.pictures.children];
      const picture = image.isConnected ? image.cloneNode() : image;
      picture.alt = alt;
      picture.draggable = false;
      for (const old of before) old.setAttribute("aria-hidden", "true");
      picture.removeAttribute("aria-hidden");
      this.pictures.append(picture);
      this.figure.dataset.shown = url;
      const clear = () => before.forEach((old) => old.remove());
      if (still() || !before.length) return clear();
      const fade = picture.animate([{ opacity: 0 }, { opacity: 1 }], { duration: FADE_MS, easing: "ease-in-out" });
      fade.finished.then(clear, clear);
    }

    // `error`: the sentence for a failure that is neither a crowd's nor the network's.
    tell(state, again, error = mbtiface.texts.survey_error) {
      const [text, button] = [this.trouble.firstChild, this.trouble.lastChild];
      const { shell_busy: busy, shell_offline: offline, shell_retry: retry } = mbtiface.texts;
      const { sentence, label, action } = mbtiface.trouble(state, { error, busy, offline, retry }, again);
      text.textContent = sentence;
      button.textContent = label;
      button.onclick = action;
      this.trouble.hidden = false;
    }
  }

  Object.assign(mbtiface, { Stage, prefetch, wait, dropPictures });
})();
