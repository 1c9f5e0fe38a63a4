// Plays an axis as a filmstrip: the pictures around the present face come in one answer, and a
// slider moves through them without waiting for the network.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const KEPT = 4;
  const FADE_MS = 240;
  const NUMBER_AND_LENGTH = 5;

  // `picture()` is the large face that the strip is shown over, `values()` the frames' axis values;
  // `missing()` is called if a strip that a slider already moves through does not come.
  mbtiface.film = (picture, values, missing) => {
    const strips = new Map();
    let shown = null;

    const keyOf = (address, axis) => {
      const still = { ...address, axes: { ...address.axes, [axis]: 0 } };
      return mbtiface.queryText([...mbtiface.query(still), ...Object.entries(mbtiface.session()), ["axis", axis]]);
    };

    // Fetches the strip around a face unless it is there or on its way. One that was fetched ahead
    // and is not whole gives way to one that somebody waits for: the server draws that first.
    const load = (address, axis, ahead = false) => {
      if (!window.createImageBitmap || !window.ReadableStream) return;
      const key = keyOf(address, axis);
      const old = strips.get(key);
      if (old && (ahead || !old.ahead || old.frames.filter(Boolean).length === values().length)) return;
      if (old) drop(key);
      const strip = { frames: [], failed: false, ahead, abort: new AbortController() };
      strips.set(key, strip);
      while (strips.size > KEPT) drop(strips.keys().next().value);
      const url = `strip?${key}&near=${+(address.axes[axis] || 0).toPrecision(4)}`;
      read(url, strip, async (number, data) => {
        const frame = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
        strip.frames[number] = frame;
        if (shown?.key === key) paint(strip, shown.value);
      }).catch(() => {
        if (strips.has(key) && strips.get(key) !== strip) return; // another one took its place
        // Single pictures say what is wrong; the next touch tries anew.
        strip.failed = true;
        if (strips.has(key)) drop(key);
        if (shown?.key === key && !strip.frames.length) missing();
      });
    };

    // Shows the face of a value; false where there is no strip for it.
    const draw = (address, axis) => {
      const key = keyOf(address, axis);
      const strip = strips.get(key);
      if (!strip || strip.failed) return false;
      shown = { key, value: +(address.axes[axis] || 0) };
      paint(strip, shown.value);
      return true;
    };

    // Gives way to the sharp face that has come beneath.
    const hide = () => {
      const canvas = layer();
      shown = null;
      if (!canvas || canvas.hidden) return;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const fading = canvas.animate([{ opacity: 1 }, { opacity: 0 }], { duration: still ? 0 : FADE_MS, easing: "ease-out" });
      fading.onfinish = () => {
        canvas.hidden = true;
      };
    };

    const clear = () => {
      for (const key of [...strips.keys()]) drop(key);
      const canvas = layer();
      shown = null;
      if (canvas) canvas.hidden = true;
    };

    const drop = (key) => {
      strips.get(key).abort.abort();
      for (const frame of strips.get(key).frames) frame?.close();
      strips.delete(key);
    };

    const layer = (make = false) => {
      const img = picture();
      let canvas = img?.parentElement.querySelector("canvas");
      if (!canvas && make) {
        canvas = document.createElement("canvas");
        canvas.className = "mf-film";
        canvas.width = canvas.height = 256;
        canvas.hidden = true;
        canvas.setAttribute("aria-hidden", "true");
        img.after(canvas);
      }
      return canvas;
    };

    const paint = ({ frames }, value) => {
      const all = values();
      const place = ((value - all[0]) / (all.at(-1) - all[0])) * (all.length - 1);
      const [low, high] = [Math.floor(place), Math.ceil(place)];
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const between = frames[low] && frames[high] && !still;
      const first = between ? frames[low] : nearest(frames, place);
      if (!first) return;
      const canvas = layer(true);
      const context = canvas.getContext("2d");
      context.globalAlpha = 1;
      context.drawImage(first, 0, 0);
      if (between && high > low) {
        context.globalAlpha = place - low;
        context.drawImage(frames[high], 0, 0);
      }
      for (const animation of canvas.getAnimations()) animation.cancel();
      canvas.hidden = false;
      canvas.dataset.value = value;
    };

    const nearest = (frames, place) => {
      let best = null;
      frames.forEach((frame, number) => {
        if (frame && (best === null || Math.abs(number - place) < Math.abs(best - place))) best = number;
      });
      return best === null ? null : frames[best];
    };

    return { load, draw, hide, clear };
  };

  // Calls `each(number, bytes)` for the frames of an answer as they come.
  const read = async (url, { ahead, abort }, each) => {
    const response = await fetch(url, { signal: abort.signal, headers: ahead ? { "x-ahead": "1" } : {} });
    if (response.status !== 200) throw new Error(url);
    const reader = response.body.getReader();
    let rest = new Uint8Array(0);
    let count = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest);
      joined.set(value, rest.length);
      rest = joined;
      while (rest.length >= NUMBER_AND_LENGTH) {
        const end = NUMBER_AND_LENGTH + new DataView(rest.buffer, rest.byteOffset).getUint32(1);
        if (rest.length < end) break;
        await each(rest[0], rest.slice(NUMBER_AND_LENGTH, end));
        rest = rest.slice(end);
        count += 1;
      }
    }
    if (!count || rest.length) throw new Error(url);
  };
})();
