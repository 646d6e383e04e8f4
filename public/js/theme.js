/* The chosen colours and language before the first paint; pages/shared/ does the rest. */
try {
  const theme = JSON.parse(localStorage.getItem("simpul.theme"));
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Then the page looks as the system does.
}
