// How far the face has gone from the person it started as. The server sends the measure as a form
// over the four axis values, so the bar follows the handle without asking.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const AXES = ["EI", "SN", "TF", "JP"];

  const driftOf = (form, axes) => {
    let sum = 0;
    for (const [i, row] of AXES.entries()) for (const [j, column] of AXES.entries()) sum += form[i][j] * axes[row] * axes[column];
    return Math.sqrt(Math.max(0, sum));
  };

  // Draws the meter for an address; `words` are the tab's texts.
  mbtiface.morphMeter = (root, { by, axes, layers, strength, keep }, words) => {
    const form = mbtiface.json(root, "forms")[by][layers];
    const [full, other] = [+root.dataset.full, +root.dataset.other];
    const free = driftOf(form, axes) * strength;
    const held = Boolean(keep) && free > 1;
    const drift = held ? 1 : free;
    const state = held ? "held" : drift <= 1 ? "same" : drift <= other ? "drifting" : "other";
    const bar = root.querySelector("[role=meter]");
    const sentence = words[`morph_meter_${state}`];
    root.dataset.state = state;
    bar.style.setProperty("--drift", `${Math.min(drift / full, 1) * 100}%`);
    bar.setAttribute("aria-valuenow", Math.min(drift, full).toFixed(2));
    bar.setAttribute("aria-valuetext", sentence);
    const line = root.querySelector("p");
    if (line.textContent !== sentence) line.textContent = sentence;
  };
})();
