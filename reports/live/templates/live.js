// Asks for live.json once a second and shows what it says. Everything that comes in is set as text, never as markup.
"use strict";
const EVERY_MS = 1000, PATIENCE = 3;
const at = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function made(parent, name, words = {}, text = "") {
  const node = parent instanceof SVGElement || name === "svg" ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(words)) node.setAttribute(key, value);
  if (text !== "") node.textContent = text;
  parent.append(node);
  return node;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function emptied(id) {
  const node = at(id);
  node.replaceChildren();
  return node;
}

for (const keys of document.querySelectorAll("[data-keys]")) {
  for (const key of keys.dataset.keys.split(",")) {
    const [name, colour] = key.split(":");
    made(keys, "span", { style: `--key: var(--c-${colour})` }, name);
  }
}

function showVerdict(run) {
  const end = run.outcome;
  at("verdict").className = `verdict ${end ? end.verdict : ""}`;
  at("mark").textContent = end ? end.mark : "·";
  at("state").textContent = end ? end.verdict : capital(run.told.stage);
  at("headline").textContent = end ? end.headline : `${run.told.clock}${run.told.behind ? "; " + run.told.behind : ""}`;
  const share = end ? 100 : run.duration_s ? Math.min(100, (100 * run.second) / run.duration_s) : 0;
  at("progress").firstChild.style.width = `${share}%`;
  at("progress").setAttribute("aria-valuenow", Math.round(share));
  at("why").hidden = !end;
  const reasons = emptied("reasons");
  for (const reason of end ? end.reasons : []) made(reasons, "li", {}, reason);
  document.title = `${end ? end.verdict : capital(run.told.stage)} · ${run.scenario} · Tacorush`;
  at("heading").textContent = `${run.scenario} at ${run.target}${run.release ? ", release " + run.release : ""}`;
}

function showTiles(run) {
  const tiles = emptied("tiles");
  for (const tile of run.tiles) {
    const box = made(tiles, "div", { class: tile.bad ? "tile bad" : "tile" });
    made(box, "dt", {}, tile.name);
    made(box, "dd", { class: "value" }, tile.value);
    made(box, "dd", { class: "note" }, tile.note);
  }
}

function showObjectives(run) {
  at("objectives").hidden = !run.objectives.length;
  at("summed").textContent = run.told.objectives;
  const list = emptied("standings");
  for (const row of run.objectives) {
    const line = made(list, "li", { class: `standing ${row.state}`, title: row.why });
    made(line, "i", { "aria-hidden": "true" }, row.mark);
    made(line, "span", { class: "name" }, row.name).append(" ");
    const got = made(line, "span", { class: "got" });
    made(got, "b", {}, row.measured);
    made(got, "span", {}, ` ${row.asked}`);
    made(line, "span", { class: row.state === "PASS" ? "word unseen" : "word" }, row.word);
  }
}

function showStations(run) {
  const stations = emptied("stations");
  const first = run.stations.length ? Math.max(1, run.stations[0].journeys) : 1;
  for (const station of run.stations) {
    const share = Math.min(1, station.journeys / first);
    const row = made(stations, "div", { class: "share" });
    made(row, "span", {}, station.name);
    const amount = made(row, "span");
    made(amount, "b", {}, station.journeys.toLocaleString("en"));
    made(amount, "span", { class: "quiet" }, ` ${Math.round(100 * share)} %`);
    made(made(row, "i"), "b", { style: `width: ${100 * share}%` });
  }
}

// Round steps of an axis that ends at or above the largest value.
function ticks(most) {
  const rough = Math.max(most, 1e-9) / 3, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  return [0, 1, 2, 3].map((n) => n * step);
}

function chart(id, said, unit, starts, end, lines, limit = null) {
  const box = emptied(id), width = Math.max(240, box.clientWidth), height = 190, left = 62, foot = 22, top = 8;
  const values = lines.flatMap(([, row]) => row.filter((value) => value !== null));
  const scale = ticks(Math.max(1, ...values));
  const x = (second) => left + ((width - left - 6) * second) / Math.max(1, end);
  const y = (value) => top + (height - top - foot) * (1 - value / scale[3]);
  const svg = made(box, "svg", { class: "live-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said });
  for (const value of scale) {
    made(svg, "line", { x1: left, x2: width - 6, y1: y(value), y2: y(value) });
    const label = +value.toPrecision(3);
    made(svg, "text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, `${label.toLocaleString("en")} ${unit}`);
  }
  made(svg, "text", { x: left, y: height - 3 }, "0 s");
  made(svg, "text", { x: width - 6, y: height - 3, "text-anchor": "end" }, `${end.toLocaleString("en")} s`);
  if (limit !== null && limit <= scale[3]) made(svg, "line", { class: "limit", x1: left, x2: width - 6, y1: y(limit), y2: y(limit) });
  for (const [colour, row] of lines) {
    let path = "", drawn = false;
    row.forEach((value, place) => {
      if (value !== null) path += `${drawn ? "L" : "M"}${x(starts[place]).toFixed(1)} ${y(value).toFixed(1)}`;
      drawn = value !== null;
    });
    if (path) made(svg, "path", { d: path, style: `stroke: var(--c-${colour})` });
  }
}

function showCharts(run) {
  const course = run.course, starts = course.starts;
  at("time").hidden = !starts.length;
  if (!starts.length) return;
  const end = Math.max(run.duration_s, starts[starts.length - 1] + course.width_s);
  at("steps").textContent = course.width_s > 1 ? `Each point covers ${course.width_s} s.` : "Each point covers a second.";
  const share = course.errors.map((value) => (value === null ? null : 100 * value));
  const tile = Object.fromEntries(run.tiles.map((each) => [each.name, each.value]));
  chart("chart-response", `Response time over ${end} s; now P50 ${tile.P50}, P95 ${tile.P95}, P99 ${tile.P99}`, "ms", starts, end,
    [["third", course.p50], ["second", course.p99], ["main", course.p95]], run.limit_ms);
  chart("chart-arrivals", `Arrivals a second over ${end} s; now ${tile.Arrivals}`, "/s", starts, end,
    [["third", course.planned], ["main", course.started]]);
  chart("chart-errors", `Errors over ${end} s; now ${tile.Errors}`, "%", starts, end, [["failed", share]]);
}

function show(run) {
  showVerdict(run);
  showTiles(run);
  showObjectives(run);
  showCharts(run);
  showStations(run);
}

let last = "", missed = 0, shown = null;
async function ask() {
  try {
    const answer = await fetch("live.json", { cache: "no-store" });
    const text = answer.ok ? await answer.text() : "";
    missed = answer.ok ? 0 : missed + 1;
    if (answer.ok && text !== last) {
      last = text;
      shown = JSON.parse(text);
      if (shown.told) show(shown);
    }
  } catch {
    missed += 1;
  }
  at("gone").hidden = missed < PATIENCE;
  setTimeout(ask, EVERY_MS * Math.min(10, 1 + missed));
}
addEventListener("resize", () => shown && shown.told && showCharts(shown));
ask();
