addEventListener("message", (e) => {
  if (e.source !== parent) return;
  if (e.data === "alive?") {
    parent.postMessage("alive", "*");
    return;
  }
  const i = document.querySelector("img");
  i.onload = () => parent.postMessage({ width: i.naturalWidth, height: i.naturalHeight }, "*");
  i.onerror = () => parent.postMessage("no image", "*");
  i.src = URL.createObjectURL(new Blob([e.data.data], { type: e.data.type }));
});
parent.postMessage("ready", "*");
