// Draws the Mermaid diagram that the page sends, or shows its source with what is wrong in it.
/* global mermaid */
addEventListener(
  'message',
  async (event) => {
    if (event.source !== parent) return;
    const { source, theme } = event.data;
    document.body.style.background = theme === 'dark' ? '#14110f' : '#ffffff';
    mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: theme === 'dark' ? 'dark' : 'neutral' });
    try {
      const { svg } = await mermaid.render('diagram', String(source));
      document.body.innerHTML = svg;
    } catch (cause) {
      const text = document.createElement('pre');
      text.className = 'wrong';
      text.style.color = theme === 'dark' ? '#ece5dd' : '#231f1b';
      text.textContent = String(cause?.message ?? cause);
      document.body.replaceChildren(text);
    }
    parent.postMessage({ height: document.body.scrollHeight + 8 }, '*');
  },
  { once: true },
);
