// Evaluates an expression with feelin. First line: {source, context}; then {runs}: answers the seconds of one evaluation.
import { createInterface } from "node:readline";
import { evaluate } from "feelin";

let asked;
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.source) asked = order;
  let value = null;
  const start = performance.now();
  for (let run = 0; run < (order.runs ?? 1); run += 1) value = evaluate(asked.source, asked.context).value;
  const seconds = (performance.now() - start) / 1000 / (order.runs ?? 1);
  process.stdout.write(`${JSON.stringify({ seconds, value })}\n`);
}
