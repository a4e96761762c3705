// Writes the HTML or SVG that the page sends over this document, whose policy stays.
addEventListener(
  'message',
  (event) => {
    if (event.source !== parent) return;
    document.open();
    document.write(String(event.data.source));
    document.close();
    parent.postMessage({ height: Math.max(160, document.documentElement.scrollHeight + 2) }, '*');
  },
  { once: true },
);
