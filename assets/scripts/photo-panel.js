// What is seen of one's own photo in a tab: choosing, waiting, what went wrong, the three pictures
// side by side, several faces, the crop by hand. It follows the state in photo.js.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const FADE_MS = 250;
  // What helps where choosing another photo does not.
  const ACTIONS = {
    no_face: "by_hand",
    bad_crop: "by_hand",
    no_such_face: "by_hand",
    busy: "again",
    offline: "again",
    error: "again",
    failed: "again",
    bad_request: "again",
    missing_part: "none",
  };
  const SVG = "http://www.w3.org/2000/svg";

  // Puts the piece into `host`, which keeps it until the page goes.
  mbtiface.photoPanel = (host) => {
    if (host.querySelector(".mf-photo")) return;
    host.innerHTML = mbtiface.photoMarkup;
    const panel = new Panel(host.firstElementChild);
    const follow = () => (panel.root.isConnected ? panel.draw() : document.removeEventListener("mbtiface:photo-state", follow));
    document.addEventListener("mbtiface:photo-state", follow);
    panel.draw();
  };

  class Panel {
    constructor(root) {
      this.root = root;
      this.input = root.querySelector("input[type=file]");
      this.input.addEventListener("change", () => {
        this.take(this.input.files[0]);
        this.input.value = ""; // so that the same file can be chosen again
      });
      root.addEventListener("click", (event) => this.click(event));
      root.addEventListener("dragover", (event) => this.drag(event, true));
      root.addEventListener("dragleave", (event) => this.drag(event, root.contains(event.relatedTarget)));
      root.addEventListener("drop", (event) => this.drop(event));
      this.crop = new mbtiface.CropEditor(this.part("crop"), (crop) => this.useCrop(crop));
      // What the tab around it does with changes and keys is not meant for what happens in here.
      for (const kind of ["change", "input"]) root.addEventListener(kind, (event) => event.stopPropagation());
    }

    part(name) {
      return this.root.querySelector(`[data-part=${name}]`);
    }

    show(name, shown) {
      this.part(name).hidden = !shown;
    }

    click({ target, detail }) {
      const button = target.closest("button");
      const photo = mbtiface.photo;
      this.byKey = !detail;
      if (button?.dataset.face) return photo.useFace(Number(button.dataset.face));
      const does = {
        choose: () => this.input.click(),
        cancel: photo.cancel,
        closer: photo.closer,
        delete: photo.forget,
        adjust: () => this.openCrop(photo.state.file, photo.state.result),
        "crop-cancel": () => this.closeCrop(),
        action: () => this.act(),
      };
      does[button?.dataset.do]?.();
    }

    act() {
      const action = this.action();
      const { problem, file, result } = mbtiface.photo.state;
      // Where the photo that failed has been seen, the square goes over it, else over the one before.
      if (action === "by_hand" && problem.preview) this.openCrop(problem.file, problem);
      else if (action === "by_hand") this.openCrop(file, result);
      else if (action === "again") mbtiface.photo.again();
      else this.input.click();
    }

    action() {
      const { problem, result } = mbtiface.photo.state;
      const action = ACTIONS[problem.key] || "choose";
      return action === "by_hand" && !problem.preview && !result ? "choose" : action;
    }

    drag(event, over) {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      this.root.classList.toggle("mf-photo-over", over);
    }

    drop(event) {
      this.drag(event, false);
      this.take(event.dataTransfer.files[0]);
    }

    take(file) {
      mbtiface.photo.choose(file, Number(this.root.dataset.limit));
    }

    openCrop(file, { preview, size, crop }) {
      this.cropping = file;
      this.draw();
      this.crop.open(preview, size, crop);
    }

    closeCrop() {
      this.cropping = null;
      this.draw();
    }

    useCrop(crop) {
      mbtiface.photo.useCrop(this.cropping, crop);
    }

    draw() {
      const { result, work, problem, note } = mbtiface.photo.state;
      const focused = this.root.contains(document.activeElement);
      if (work || (!result && !problem?.preview)) this.cropping = null;
      this.root.dataset.phase = work ? "work" : problem ? "problem" : result ? "ready" : "empty";
      this.root.toggleAttribute("data-cropping", Boolean(this.cropping));
      this.root.toggleAttribute("data-face", Boolean(result));
      this.show("crop", this.cropping);
      this.show("choose", !result && !work && !problem && !this.cropping);
      this.show("work", work);
      this.show("problem", problem && !this.cropping);
      this.show("three", result && !this.cropping);
      this.show("actions", result && !work && !this.cropping);
      this.show("note", note && !this.cropping);
      this.part("note").textContent = note;
      if (work) this.drawWork(work);
      if (problem) this.drawProblem(problem);
      else this.part("problem").querySelector("span").textContent = "";
      this.drawResult();
      if (focused && this.byKey) this.keepFocus();
    }

    // Who works with keys goes on from what took the place of the button that was pressed.
    keepFocus() {
      if (document.activeElement.checkVisibility() && this.root.contains(document.activeElement)) return;
      const seen = [...this.root.querySelectorAll("button, .mf-crop-stage")].filter((node) => node.checkVisibility());
      seen[0]?.focus({ preventScroll: true });
    }

    drawWork({ closer, progress }) {
      const line = this.part("work").querySelector("span");
      const sentence = mbtiface.photo.text(closer ? "bringing_closer" : "finding");
      if (line.textContent !== sentence) line.textContent = sentence;
      const bar = this.part("work").querySelector("[role=progressbar]");
      bar.setAttribute("aria-label", sentence);
      bar.toggleAttribute("data-waiting", !progress);
      bar.firstChild.style.width = progress ? `${(100 * progress[0]) / progress[1]}%` : "";
      for (const name of ["max", "now", "text"]) bar.removeAttribute(`aria-value${name}`);
      if (!progress) return;
      const [done, total] = progress;
      bar.setAttribute("aria-valuemax", total);
      bar.setAttribute("aria-valuenow", done);
      bar.setAttribute("aria-valuetext", mbtiface.photo.text("progress", { done, total }));
    }

    drawProblem({ text }) {
      const part = this.part("problem");
      const action = this.action();
      if (part.querySelector("span").textContent !== text) {
        part.querySelector("span").textContent = text;
        part.scrollIntoView({ block: "nearest" });
      }
      part.querySelector("[data-do=action]").hidden = action === "none";
      part.querySelector("[data-do=action]").textContent = action === "none" ? "" : mbtiface.photo.text(action === "choose" ? "another" : action);
      // The way out that is left where the crop or the server is what failed.
      part.querySelector("[data-do=choose]").hidden = action !== "by_hand";
    }

    drawResult() {
      const { result, request, faces, work } = mbtiface.photo.state;
      const several = result && faces.length > 1 && !this.cropping;
      this.show("faces", several);
      this.show("warnings", result && !this.cropping && result.warnings?.length);
      if (!result) {
        if (this.cropping) return;
        // Nothing of a photo stays in the page once it is deleted.
        for (const place of this.root.querySelectorAll("figure > div, .mf-photo-sheet, .mf-photo-warnings")) place.replaceChildren();
        this.crop.clear();
        this.drawn = null;
        return;
      }
      // The same steps again would lead to the same face.
      this.root.querySelector("[data-do=closer]").hidden = Boolean(request.refine);
      for (const button of this.part("faces").querySelectorAll("button")) button.disabled = Boolean(work);
      if (this.drawn === result) return;
      this.drawn = result;
      if (faces.length > 1) this.drawFaces(result, faces);
      this.place("original", original(result));
      for (const name of ["aligned", "reconstruction"]) this.place(name, picture(result[name], name));
      this.part("warnings").replaceChildren(...(result.warnings || []).map(({ key, text }) => {
        const item = document.createElement("li");
        item.dataset.key = key;
        item.textContent = text;
        return item;
      }));
    }

    drawFaces({ preview, size: [width, height], face }, faces) {
      const image = picture(preview, "original");
      const buttons = faces.map(({ box: [x0, y0, x1, y1] }, index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.face = index;
        button.style.cssText = `left:${x0 * 100}%;top:${y0 * 100}%;width:${(x1 - x0) * 100}%;height:${(y1 - y0) * 100}%`;
        button.setAttribute("aria-label", mbtiface.photo.text("face", { number: index + 1 }));
        button.setAttribute("aria-pressed", String(index === face));
        return button;
      });
      const sheet = this.root.querySelector(".mf-photo-sheet");
      sheet.style.setProperty("--ratio", width / height);
      sheet.replaceChildren(image, ...buttons);
    }

    // The new picture fades in over the old one.
    place(name, node) {
      const box = this.root.querySelector(`[data-picture=${name}] > div`);
      const before = [...box.children];
      box.append(node);
      const clear = () => before.forEach((old) => old.remove());
      if (!before.length || matchMedia("(prefers-reduced-motion: reduce)").matches) return clear();
      node.animate([{ opacity: 0 }, { opacity: 1 }], { duration: FADE_MS, easing: "ease-in-out" }).finished.then(clear, clear);
    }
  }

  const picture = (source, name) => {
    const image = new Image();
    image.src = source;
    image.alt = mbtiface.photo.text(`alt_${name}`);
    image.draggable = false;
    return image;
  };

  // The whole photo in a square, with the crop drawn on it. Lengths are in the photo's width.
  const original = ({ preview, size: [width, height], crop }) => {
    const tall = height / width;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 1 ${tall}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", mbtiface.photo.text("alt_original"));
    const image = mbtiface.svg("image", { href: preview, width: 1, height: tall });
    svg.append(image, ...(crop ? mbtiface.cropOutline(crop, tall) : []));
    return svg;
  };

  mbtiface.svg = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
})();
