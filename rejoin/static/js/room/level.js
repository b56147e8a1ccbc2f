// How loud the microphone is, as a bar and in words; and a short tone for the speakers.
import { words } from "./words.js";
let context;
const sounds = () => (context ??= new AudioContext());
// Some browsers hold all sound until somebody touches the page.
for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, () => context?.resume(), { capture: true });

// Stops when the returned function is called.
export function showLevel(track, bar, told) {
  const analyser = sounds().createAnalyser();
  const source = sounds().createMediaStreamSource(new MediaStream([track]));
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let heard = 0;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const loudness = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    bar.value = Math.min(1, loudness * 6);
    if (loudness > 0.01) heard += 1;
    if (heard === 3 && told) told.textContent = words.we_hear_you;
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    bar.value = 0;
  };
}

export async function playTone(speaker) {
  const audio = sounds();
  await audio.resume();
  if (speaker && audio.setSinkId) await audio.setSinkId(speaker).catch(() => {});
  for (const [at, pitch] of [[0, 523], [0.25, 659], [0.5, 784]]) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, audio.currentTime + at);
    volume.gain.linearRampToValueAtTime(0.2, audio.currentTime + at + 0.03);
    volume.gain.linearRampToValueAtTime(0, audio.currentTime + at + 0.24);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.25);
  }
}
