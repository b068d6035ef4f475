"use strict";
// Niceties only: the page says everything without this script.
const box = document.querySelector(".saying-box");

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "copied";
    } catch {
      const code = button.parentElement.querySelector("code:last-of-type");
      getSelection().selectAllChildren(code);
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 1600);
  });
}

function place(event, text) {
  box.textContent = text;
  box.hidden = false;
  const left = Math.min(event.pageX + 14, innerWidth + scrollX - box.offsetWidth - 8);
  box.style.left = `${Math.max(left, scrollX + 8)}px`;
  box.style.top = `${event.pageY - box.offsetHeight - 12}px`;
}

function onPaper(sheet, event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(sheet.getScreenCTM().inverse());
}

function degrees(value, letters) {
  return `${Math.abs(value).toFixed(5)}\u00b0 ${letters[value < 0 ? 1 : 0]}`;
}

for (const sheet of document.querySelectorAll("[data-points]")) {
  const points = JSON.parse(sheet.dataset.points);
  const dot = document.createElementNS(sheet.namespaceURI, "circle");
  dot.setAttribute("r", "4");
  dot.setAttribute("class", "pointed");
  dot.setAttribute("visibility", "hidden");
  sheet.before(dot);
  sheet.addEventListener("pointermove", (event) => {
    if (!points.length) return;
    const at = onPaper(sheet, event);
    const away = ([x, y]) => Math.abs(x - at.x) + 0.02 * Math.abs(y - at.y);
    const nearest = points.reduce((best, one) => (away(one) < away(best) ? one : best));
    dot.setAttribute("cx", nearest[0]);
    dot.setAttribute("cy", nearest[1]);
    dot.setAttribute("visibility", "visible");
    place(event, nearest[2]);
  });
  sheet.addEventListener("pointerleave", () => {
    box.hidden = true;
    dot.setAttribute("visibility", "hidden");
  });
}

for (const sheet of document.querySelectorAll("[data-ground]")) {
  const [west, south, east, north] = JSON.parse(sheet.dataset.ground);
  const frame = sheet.getBBox();
  sheet.addEventListener("pointermove", (event) => {
    const at = onPaper(sheet, event);
    const lon = west + ((at.x - frame.x) / frame.width) * (east - west);
    const lat = north - ((at.y - frame.y) / frame.height) * (north - south);
    place(event, `${degrees(lat, "NS")}, ${degrees(lon, "EW")}`);
  });
  sheet.addEventListener("pointerleave", () => { box.hidden = true; });
}
