// npm bpmn-engine on a drawing: each transition starts from the serialised state and ends with it.
// One JSON line in is one order, one JSON line out its answer. First {"source": BPMN}; then each {"runs": count} is
// answered with {"runs": [[{"ms", "state"}, …], …]}, a list of transitions per run of the drawing.
import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";

import { Engine } from "bpmn-engine";

async function begin(source) {
  const engine = new Engine({ name: "bench", source });
  await engine.execute({ listener: new EventEmitter() });
  const state = JSON.stringify(await engine.getState());
  await engine.stop();
  return state;
}

async function transition(before) {
  const start = performance.now();
  const engine = new Engine().recover(JSON.parse(before));
  const execution = await engine.resume({ listener: new EventEmitter() });
  const waiting = execution.getPostponed().find((activity) => activity.type === "bpmn:UserTask");
  execution.signal({ id: waiting.id, outcome: "approved" });
  const state = JSON.stringify(await engine.getState());
  const ms = performance.now() - start;
  const running = engine.state === "running";
  if (running) await engine.stop();
  return { ms, state, running };
}

async function run(source) {
  const done = [];
  let state = await begin(source);
  for (let running = true; running; ) {
    const made = await transition(state);
    ({ state, running } = made);
    done.push({ ms: made.ms, state });
  }
  return done;
}

let source = "";
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.source) source = order.source;
  const runs = [];
  for (let number = 0; number < (order.runs ?? 0); number += 1) runs.push(await run(source));
  process.stdout.write(`${JSON.stringify({ runs })}\n`);
}
