// Evaluates expressions with feelin, the FEEL of bpmn-js. Reads {context, expressions, cells} as JSON on the standard
// input, writes one value for each: temporal values and intervals as {"$": kind, "text": …}, refusals as {"$": "error"}.
import { readFileSync } from "node:fs";
import { evaluate, unaryTest } from "feelin";

const KINDS = { FeelDate: "date", FeelTime: "time", FeelDateTime: "date and time", FeelDuration: "duration", FeelRange: "range" };

function plain(value) {
  if (value === undefined) return null;
  if (value === null || typeof value !== "object") return typeof value === "function" ? { $: "function" } : value;
  if (Array.isArray(value)) return value.map(plain);
  const kind = KINDS[value.constructor?.name];
  if (kind === "range")
    return { $: kind, low: plain(value.start), high: plain(value.end), closed: [value["start included"], value["end included"]] };
  if (kind) return { $: kind, text: String(value) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function attempt(compute) {
  try {
    return plain(compute());
  } catch {
    return { $: "error" };
  }
}

const { context, expressions, cells } = JSON.parse(readFileSync(0, "utf8"));
const values = expressions.map((text) => attempt(() => evaluate(text, context).value));
const answers = cells.map(([text, input]) => attempt(() => unaryTest(text, { ...context, "?": input }).value));
process.stdout.write(JSON.stringify({ values, answers }));
