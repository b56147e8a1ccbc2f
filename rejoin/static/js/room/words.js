// What the scripts of the room say, in the language of the page: the server puts it into #room-words (rejoin/visits/words).
export const words = JSON.parse(document.getElementById("room-words").textContent);
export const language = document.documentElement.lang;
export const filled = (text, given) => text.replace(/\{(\w+)\}/g, (_, name) => given[name]);
