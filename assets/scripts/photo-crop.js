// A square over the photo that can be dragged, resized and turned: by its corners, two fingers, the
// wheel, two sliders or keys. A crop is [x, y, side, angle]: x and side in units of the photo's
// width, y in units of its height, degrees counter-clockwise. Here lengths are in the photo's width.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const MARGIN = 0.1;
  const FIRST_SHARE = 0.6;
  const CORNERS = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  const RADIANS = Math.PI / 180;
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // Pixels to the right are positive, downwards too: turning counter-clockwise takes the minus.
  const turn = (x, y, angle) => {
    const [cos, sin] = [Math.cos(-angle * RADIANS), Math.sin(-angle * RADIANS)];
    return [x * cos - y * sin, x * sin + y * cos];
  };

  const corners = ({ x, y, side, angle }) =>
    CORNERS.map(([right, down]) => {
      const [dx, dy] = turn((right * side) / 2, (down * side) / 2, angle);
      return [x + dx, y + dy];
    });

  const path = (points) => `M${points.map((point) => point.map((value) => value.toFixed(5)).join(" ")).join("L")}Z`;

  // The crop's outline, light on dark so that it is seen on any photo.
  mbtiface.cropOutline = ([x, y, side, angle], tall) => {
    const d = path(corners({ x, y: y * tall, side, angle }));
    return ["mf-crop-under", "mf-crop-line"].map((name) => mbtiface.svg("path", { d, class: name }));
  };

  mbtiface.CropEditor = class {
    constructor(form, use) {
      this.form = form;
      this.stage = form.querySelector(".mf-crop-stage");
      this.view = form.querySelector(".mf-crop-preview");
      this.fingers = new Map();
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        use([this.x, this.y / this.tall, this.side, this.angle]);
      });
      form.addEventListener("input", ({ target }) => this.slide(target));
      this.stage.addEventListener("pointerdown", (event) => this.down(event));
      this.stage.addEventListener("pointermove", (event) => this.move(event));
      for (const end of ["pointerup", "pointercancel"]) this.stage.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
      this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      this.stage.addEventListener("keydown", (event) => this.key(event));
      new ResizeObserver(() => this.image && this.draw()).observe(this.stage);
    }

    // `crop` is where the square stands first; without one it stands in the middle.
    open(preview, [width, height], crop) {
      this.tall = height / width;
      const [x, y, side, angle] = crop || [0.5, 0.5, FIRST_SHARE * Math.min(1, this.tall), 0];
      this.range = [0.04 * Math.max(1, this.tall), 2 * Math.max(1, this.tall)];
      Object.assign(this, { x, y: y * this.tall, side, angle });
      const margin = MARGIN * Math.max(1, this.tall);
      this.box = [-margin, -margin, 1 + 2 * margin, this.tall + 2 * margin];
      this.stage.setAttribute("viewBox", this.box.join(" "));
      this.stage.style.setProperty("--ratio", this.box[2] / this.box[3]);
      this.image = mbtiface.svg("image", { href: preview, width: 1, height: this.tall });
      this.shade = mbtiface.svg("path", { class: "mf-crop-shade", "fill-rule": "evenodd" });
      this.lines = ["mf-crop-under", "mf-crop-line"].map((name) => mbtiface.svg("path", { class: name }));
      this.handles = CORNERS.map((_, index) => {
        const handle = mbtiface.svg("g", { class: "mf-crop-handle", "data-corner": index });
        handle.append(mbtiface.svg("circle", { class: "mf-crop-touch" }), mbtiface.svg("circle", { class: "mf-crop-dot" }));
        return handle;
      });
      this.stage.replaceChildren(this.image, this.shade, ...this.lines, ...this.handles);
      this.view.setAttribute("viewBox", "-0.5 -0.5 1 1");
      this.view.replaceChildren(this.image.cloneNode());
      this.draw();
      this.form.scrollIntoView({ block: "nearest" });
    }

    // Nothing of the photo stays.
    clear() {
      this.image = null;
      for (const drawing of [this.stage, this.view]) drawing.replaceChildren();
    }

    set(values) {
      Object.assign(this, values);
      this.side = clamp(this.side, ...this.range);
      this.x = clamp(this.x, 0, 1);
      this.y = clamp(this.y, 0, this.tall);
      this.angle = ((this.angle + 540) % 360) - 180;
      this.draw();
    }

    draw() {
      const points = corners(this);
      const unit = this.box[2] / (this.stage.clientWidth || 320); // one pixel of the screen
      const [left, top, wide, high] = this.box;
      const all = [[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]];
      this.shade.setAttribute("d", path(all) + path(points));
      for (const line of this.lines) line.setAttribute("d", path(points));
      this.handles.forEach((handle, index) => {
        handle.setAttribute("transform", `translate(${points[index].join(" ")})`);
        handle.firstChild.setAttribute("r", 22 * unit);
        handle.lastChild.setAttribute("r", 7 * unit);
      });
      this.view.firstChild.setAttribute("transform", `rotate(${this.angle}) scale(${1 / this.side}) translate(${-this.x} ${-this.y})`);
      const longest = Math.max(1, this.tall);
      this.write("side", this.side / longest, `${Math.round((100 * this.side) / longest)}%`);
      this.write("angle", this.angle, `${Math.round(this.angle)}°`);
    }

    write(name, value, text) {
      const input = this.form.querySelector(`[name=${name}]`);
      input.value = value;
      input.setAttribute("aria-valuetext", text);
      input.previousElementSibling.textContent = text;
    }

    slide({ name, value }) {
      if (name === "side") this.set({ side: value * Math.max(1, this.tall) });
      else if (name === "angle") this.set({ angle: +value });
    }

    // A point of the screen in the photo's own units.
    at({ clientX, clientY }) {
      const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.stage.getScreenCTM().inverse());
      return [x, y];
    }

    down(event) {
      if (event.button) return;
      event.preventDefault();
      this.stage.setPointerCapture(event.pointerId);
      this.corner = event.target.closest("[data-corner]")?.dataset.corner;
      this.fingers.set(event.pointerId, this.at(event));
    }

    move(event) {
      const before = this.fingers.get(event.pointerId);
      if (!before) return;
      const now = this.at(event);
      this.fingers.set(event.pointerId, now);
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.pinch(before, now, other);
      else if (this.corner !== undefined) this.stretch(Number(this.corner), now);
      else this.set({ x: this.x + now[0] - before[0], y: this.y + now[1] - before[1] });
    }

    // One finger of two moved: the square keeps its place between them.
    pinch(before, now, other) {
      const was = [before[0] - other[0], before[1] - other[1]];
      const is = [now[0] - other[0], now[1] - other[1]];
      const scale = Math.hypot(...is) / (Math.hypot(...was) || 1);
      const angle = (Math.atan2(was[1], was[0]) - Math.atan2(is[1], is[0])) / RADIANS;
      const [dx, dy] = turn(this.x - other[0], this.y - other[1], angle);
      this.set({ x: other[0] + dx * scale, y: other[1] + dy * scale, side: this.side * scale, angle: this.angle + angle });
    }

    // A corner follows the finger while the one across stays.
    stretch(index, [x, y]) {
      const [fixedX, fixedY] = corners(this)[(index + 2) % 4];
      const [right, down] = turn(x - fixedX, y - fixedY, -this.angle);
      const [alongX, alongY] = CORNERS[index];
      const side = clamp((right * alongX + down * alongY) / 2, ...this.range);
      const [dx, dy] = turn((alongX * side) / 2, (alongY * side) / 2, this.angle);
      this.set({ x: fixedX + dx, y: fixedY + dy, side });
    }

    wheel(event) {
      event.preventDefault();
      this.set({ side: this.side * Math.exp(event.deltaY / 600) });
    }

    key(event) {
      const step = (event.shiftKey ? 0.1 : 0.02) * this.side;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      const sizes = { "+": 1.04, "=": 1.04, "-": 1 / 1.04 };
      if (moves[event.key]) this.set({ x: this.x + moves[event.key][0], y: this.y + moves[event.key][1] });
      else if (sizes[event.key]) this.set({ side: this.side * sizes[event.key] });
      else return;
      event.preventDefault();
    }
  };
})();
