// A person's own photo: what is sent, what came back, and that it is forgotten. There is one photo
// a page; the survey and the morph tab both show it. The file stays in this page's memory, the
// server keeps only the face's numbers, under a token that goes into no link and no storage.
(() => {
  const mbtiface = (window.mbtiface = window.mbtiface || {});
  const CLOSER_STEPS = 25;
  const MB = mbtiface.megabyte;
  const EMPTY = { file: null, result: null, request: {}, faces: [], work: null, problem: null, note: "" };

  const state = { ...EMPTY };
  const text = (key, values = {}) => mbtiface.fill(mbtiface.texts[`photo_page_${key}`], values);
  const tell = () => document.dispatchEvent(new CustomEvent("mbtiface:photo-state"));
  const change = (values) => {
    Object.assign(state, values);
    tell();
  };

  const megabytes = (bytes) => (bytes / MB).toLocaleString(mbtiface.lang, { maximumFractionDigits: 1 });

  // A new file; what was there before stays until the new face is. `limit` is in MB.
  const choose = (file, limit) => {
    if (!file) return;
    stop();
    if (file.size > limit * MB) {
      // Just above the limit is not rounded down to it.
      const size = megabytes(Math.max(file.size, (limit + 0.1) * MB));
      change({ note: "", problem: { key: "too_large", text: text("too_large", { size, limit }) } });
    } else send(file, {});
  };

  // Sends a file; `request` names a face or a crop, and steps of refinement.
  const send = async (file, request) => {
    stop();
    const abort = new AbortController();
    change({ work: { abort, closer: Boolean(request.refine), progress: null }, problem: null, note: "" });
    let last = null;
    try {
      const response = await fetch(`photo?${query(request)}`, { method: "POST", body: file, signal: abort.signal });
      if (response.status === 503) last = { error: { key: "busy" } };
      await eachLine(response, (line) => {
        if (!line.progress) last = line;
        else if (!abort.signal.aborted) change({ work: { ...state.work, progress: line.progress } });
      });
      last ??= {};
    } catch {
      if (abort.signal.aborted) return;
      if (!last?.error) last = { error: { key: await whyNot(file) } };
    }
    if (abort.signal.aborted) return;
    if (last.error || !last.start) failed(file, request, last);
    else arrived(file, request, last);
  };

  const query = ({ face, crop, refine }) => {
    const parts = crop ? { crop: crop.map((value) => +value.toFixed(5)).join(",") } : { face: face ?? 0 };
    return new URLSearchParams({ ...parts, refine: refine || 0, lang: mbtiface.lang, ...mbtiface.session() });
  };

  const eachLine = async (response, use) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let end = false; !end; ) {
      const { done, value } = await reader.read();
      end = done;
      const lines = (rest + (value || "")).split("\n");
      rest = done ? "" : lines.pop();
      for (const line of lines) if (line.trim()) use(JSON.parse(line));
    }
  };

  // A request that did not end: the answer was no JSON, the file has gone from the disk, or the server is away.
  const whyNot = async (file) => {
    const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
    if (!readable) return "unreadable";
    return fetch("site/styles/photo.css", { method: "HEAD", cache: "no-store" }).then(() => "error", () => "offline");
  };

  const OWN_TEXTS = ["busy", "offline", "unreadable", "error"];

  const failed = (file, request, { error, preview, size }) => {
    const key = error?.key || "error";
    const sentence = error?.text || text(OWN_TEXTS.includes(key) ? key : "error");
    change({ work: null, problem: { key, text: sentence, file, request, preview, size } });
  };

  const arrived = (file, request, result) => {
    const before = state.result;
    // A crop by hand comes back without faces; those seen before can still be chosen.
    const faces = result.faces?.length || file !== state.file ? result.faces || [] : state.faces;
    const note = request.refine ? text("closer_done") : "";
    const same = { ...request, face: result.face, crop: result.face === null ? request.crop || result.crop : null };
    Object.assign(state, { file, result, faces, request: same, work: null, problem: null, note });
    moved(before);
    if (before && before.photo !== result.photo) forgetOnServer(before.photo);
  };

  // Tells the tabs that the start face is another one, or gone.
  const moved = (before) => {
    tell();
    document.dispatchEvent(new CustomEvent("mbtiface:photo"));
    if (before) mbtiface.dropPictures(before.start);
  };

  const stop = () => {
    state.work?.abort.abort();
    state.work = null;
  };

  const forgetOnServer = (token) => fetch(`photo?photo=${encodeURIComponent(token)}`, { method: "DELETE" }).then(({ ok }) => ok, () => false);

  const forget = async () => {
    stop();
    const before = state.result;
    Object.assign(state, EMPTY);
    moved(before);
    if (!before) return;
    const done = await forgetOnServer(before.photo);
    if (!state.result) change({ note: text(done ? "deleted" : "not_deleted") });
  };

  mbtiface.photo = {
    state,
    text,
    choose,
    forget,
    start: () => state.result?.start || "",
    cancel: () => {
      stop();
      tell();
    },
    useFace: (face) => send(state.file, { face }),
    useCrop: (file, crop) => send(file, { crop }),
    closer: () => send(state.file, { ...state.request, refine: CLOSER_STEPS }),
    again: () => send(state.problem.file, state.problem.request),
    resend: () => state.file && send(state.file, state.request),
    // What stands in for the face of a photo where there is none, or where others may see it.
    standIn: (by, seed) => (by === "both" ? `seed:${seed}` : `average:${by}`),
  };

  // The page is left: its photo's numbers go at once. Should it come back, it comes back without.
  addEventListener("pagehide", () => {
    stop();
    if (state.result) navigator.sendBeacon(`photo/forget?photo=${encodeURIComponent(state.result.photo)}`);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || !state.result) return;
    const before = state.result;
    Object.assign(state, EMPTY);
    moved(before);
  });
})();
