// Shows the one image that the reader asked for.
addEventListener(
  'message',
  (event) => {
    if (event.source !== parent) return;
    const image = new Image();
    image.alt = '';
    image.referrerPolicy = 'no-referrer';
    image.onload = () => parent.postMessage({ height: image.getBoundingClientRect().height }, '*');
    image.src = String(event.data.source);
    document.body.replaceChildren(image);
  },
  { once: true },
);
