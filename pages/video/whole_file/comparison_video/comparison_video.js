// Plays a video of this visit. Its address is relative, so that it also works below a path and behind a proxy.

export default function ({ data, parentElement }) {
  const video = parentElement.querySelector("video");
  const refused = parentElement.querySelector("p");
  video.setAttribute("aria-label", data.about);
  if (video.getAttribute("src") !== data.address) {
    video.onerror = () => {
      video.hidden = true;
      refused.hidden = false;
    };
    video.onloadedmetadata = () => {
      video.hidden = false;
      refused.hidden = true;
    };
    delete video.dataset.seconds;
    video.src = data.address;
  }
  // Drawing the page again for another reason must not take a visitor back to a moment they have left.
  if (data.seconds !== null && video.dataset.seconds !== String(data.seconds)) {
    video.dataset.seconds = data.seconds;
    video.pause();
    video.currentTime = data.seconds + 0.001; // rounding must not lead to the frame before
  }
  const call = (video.calls = (video.calls ?? 0) + 1);
  return () => {
    if (video.calls !== call) return; // another call came before the first one was cleaned up after
    video.removeAttribute("src"); // otherwise the browser may go on loading it
    video.load();
  };
}
