// Visits shared pages as people do, and says what it found.
//
// usage: node visit.mjs NODE_MODULES < plan.json
// plan: {browser, base, screenshots, pages: [{name, path, status, heading, password?: {wrong, right}}]}
// prints {pages: {name: {visits, text, marks: [[series, label, value]]}}, problems: [text]}: marks and text as the last visitor saw them

import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [nodeModules] = process.argv.slice(2);
const require = createRequire(join(nodeModules, "index.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const plan = JSON.parse(readFileSync(0, "utf8"));

const SCREENS = [
  { name: "phone", viewport: { width: 390, height: 844 }, hasTouch: true },
  { name: "desktop", viewport: { width: 1280, height: 900 } },
];
const SCHEMES = ["light", "dark"];
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

mkdirSync(plan.screenshots, { recursive: true });
const browser = await chromium.launch({ executablePath: plan.browser, headless: true, args: FLAGS });
const found = { pages: Object.fromEntries(plan.pages.map(({ name }) => [name, { visits: 0 }])), problems: [] };
let unlocking = Promise.resolve();
const visitors = SCREENS.flatMap((screen) => SCHEMES.map((colorScheme) => visitAll(screen, colorScheme)));
await Promise.all(visitors);
await browser.close();
console.log(JSON.stringify(found));

// One visitor after another page, with a screen and a taste of their own.
async function visitAll({ name, viewport, hasTouch }, colorScheme) {
  const context = await browser.newContext({ viewport, hasTouch, colorScheme, reducedMotion: "reduce" });
  for (const wanted of plan.pages) {
    const page = await context.newPage();
    const problem = (text) => found.problems.push(`${wanted.name}, ${name}, ${colorScheme}: ${text}`);
    try {
      await visit(page, wanted, `${name}-${colorScheme}`, problem);
    } catch (error) {
      problem(error.message);
    } finally {
      await page.close();
    }
  }
  await context.close();
}

async function visit(page, wanted, visitor, problem) {
  page.setDefaultTimeout(60_000);
  // A refused password, and a link that leads nowhere, are errors on the wire, which the browser's console tells of.
  const expected = wanted.password ? 401 : wanted.status;
  page.on("console", (message) => {
    const isExpected = expected !== 200 && message.text().includes(`status of ${expected} `);
    if (["error", "warning"].includes(message.type()) && !isExpected) problem(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problem(`script: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(plan.base) && !request.url().startsWith("data:")) problem(`asks ${request.url()}`);
  });
  const answer = await page.goto(plan.base + wanted.path, { waitUntil: "load" });
  if (answer.status() !== wanted.status) problem(`status ${answer.status()}`);
  if (wanted.password) {
    // All visitors come from one address, whose guesses are slowed down where several are wrong: they take turns.
    const turn = unlocking.then(() => unlock(page, wanted.password, `${wanted.name}-locked-${visitor}`, problem));
    unlocking = turn.catch(() => {});
    await turn;
  }
  await page.getByRole("heading", { level: 1, name: wanted.heading }).waitFor({ state: "attached" });
  await tips(page, problem);
  await look(page, `${wanted.name}-${visitor}`, problem);
  const seen = found.pages[wanted.name];
  seen.visits += 1;
  seen.text = await page.locator("main").innerText();
  seen.marks = await page.$$eval("svg.chart [data-value]", (marks) =>
    marks
      .filter((mark) => mark.ownerSVGElement.getClientRects().length > 0)
      .map((mark) => [mark.dataset.series, mark.dataset.label, Number(mark.dataset.value)]),
  );
}

// Types a wrong password, reads why it was refused, types the right one.
async function unlock(page, { wrong, right }, screenshot, problem) {
  const field = page.getByLabel("Password");
  await field.fill(wrong);
  await page.getByRole("button").click();
  await page.getByRole("alert").filter({ hasText: "not right" }).waitFor();
  if (!(await field.evaluate((field) => field === document.activeElement))) problem("the field lost the focus");
  await look(page, screenshot, problem);
  await field.fill(right);
  await page.keyboard.press("Enter");
  await page.locator("form").waitFor({ state: "detached" });
}

// Every picture says its numbers to a pointer and to a keyboard.
async function tips(page, problem) {
  for (const plot of await page.locator(".plot").all()) {
    const tip = plot.locator(".tip");
    const stops = await plot.locator(".stop:visible").all();
    if (stops.length === 0) problem("a picture without tips");
    const stop = stops[Math.floor(stops.length / 2)];
    await stop.scrollIntoViewIfNeeded();
    // A ribbon's or a slice's middle may be empty: the pointer goes to a place that is the mark's own.
    const place = await stop.evaluate((mark) => {
      const box = mark.getBoundingClientRect();
      for (let step = 1; step < 400; step += 1) {
        const [x, y] = [box.left + (box.width * ((step * 37) % 100)) / 100, box.top + (box.height * ((step * 61) % 100)) / 100];
        if (document.elementFromPoint(x, y) === mark) return [x, y];
      }
      return [box.left + box.width / 2, box.top + box.height / 2];
    });
    await page.mouse.move(...place);
    await tip.waitFor({ state: "visible" });
    const said = await tip.innerText();
    if (!/\d/.test(said)) problem(`a tip without a number: ${said}`);
    const outside = await tip.evaluate((tip) => {
      const box = tip.getBoundingClientRect();
      return box.left < 0 || box.right > innerWidth;
    });
    if (outside) problem(`a tip outside of the screen: ${said}`);
    await page.mouse.move(0, 0);
    if (stops.length < 2) continue;
    const slider = plot.locator(".scrub");
    await slider.focus();
    await page.keyboard.press("Home");
    const first = await tip.innerText();
    await page.keyboard.press("ArrowRight");
    const second = await tip.innerText();
    const spoken = await slider.getAttribute("aria-valuetext");
    if (!first || first === second) problem(`the arrow key left the tip as it was: ${second}`);
    if (spoken !== second.split("\n").join(", ")) problem(`the slider says ${spoken}, the tip ${second}`);
  }
  if ((await page.locator(".plot").count()) === 0) return;
  // Without a pointer: the first thing that the tab key reaches in a picture is its slider.
  const hasSlider = (await page.locator(".scrub:visible").count()) > 0;
  await page.evaluate(() => document.activeElement.blur());
  for (let presses = 0; hasSlider && presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.matches(".scrub"))) return;
  }
  if (hasSlider) problem("the tab key does not reach a slider");
}

// A screenshot; what the accessibility checker finds; whether anything is wider than the screen.
async function look(page, screenshot, problem) {
  await page.screenshot({ path: join(plan.screenshots, `${screenshot}.png`), fullPage: true });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  for (const { id, impact, nodes } of violations) {
    if (["serious", "critical"].includes(impact)) problem(`axe: ${id} (${impact}): ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
  }
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (excess > 0) problem(`${excess} pixels wider than the screen`);
}
