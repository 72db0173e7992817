const box = document.getElementById("search"), told = document.getElementById("found");
function search() {
  const words = box.value.toLowerCase().replace(/^(tf|nn|f|k)\./, "").split(/\s+/).filter(Boolean);
  let count = 0;
  for (const section of document.querySelectorAll("section")) {
    let any = false;
    for (const row of section.querySelectorAll("[data-words]")) {
      row.hidden = !words.every((word) => row.dataset.words.toLowerCase().includes(word));
      if (!row.hidden) { any = true; count += 1; }
    }
    section.hidden = !any;
  }
  told.hidden = !words.length;
  told.textContent = count === 1 ? "1 found" : count + " found";
}
box.addEventListener("input", search);
search();
