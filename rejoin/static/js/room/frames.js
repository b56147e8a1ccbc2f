// Sound and picture of one tile, and whether there is a picture to show: one that stands still is none. Nobody should be
// looked at as she was a minute ago.
const FROZEN = 2500; // milliseconds without a new frame: a camera that was turned off, or a line that broke
const watched = new Set();

export function look(tile) {
  const { track, video, element } = { track: tile.tracks.video, ...tile };
  const frozen = tile.frameAt && performance.now() - tile.frameAt > FROZEN;
  const live = track && track.readyState === "live" && !track.muted && video.readyState >= 2;
  element.classList.toggle("has-picture", Boolean(live && !frozen));
}

export function watch(tile) {
  watched.add(tile);
  const { video, element, own } = tile;
  for (const kind of ["loadeddata", "emptied"]) video.addEventListener(kind, () => look(tile));
  if (own || !video.requestVideoFrameCallback) return;
  const seen = () => {
    tile.frameAt = performance.now();
    if (!element.classList.contains("has-picture")) look(tile);
    if (watched.has(tile)) video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}

export const forget = (tile) => watched.delete(tile);

// kind: "video" or "audio". A track that is there already is left alone: its element would begin anew.
export function put(tile, kind, track) {
  if (tile.tracks[kind] === track) return;
  tile.tracks[kind] = track;
  const element = tile[kind];
  element.srcObject = track ? new MediaStream([track]) : null;
  if (track) {
    for (const event of ["mute", "unmute", "ended"]) track.addEventListener(event, () => look(tile));
    element.play().catch(() => document.dispatchEvent(new CustomEvent("room:silent")));
  }
  if (kind === "video") look(tile);
}

setInterval(() => { if (!document.hidden) watched.forEach(look); }, 1000);
