// Runs last: the page is ready when every part has been.

followSections();
offerThemes();
startParts().then(() => {
  scrollToSection();
  root.dataset.readyMs = Math.round(performance.now());
  root.dataset.ready = "true";
});
