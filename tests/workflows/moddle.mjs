// Reads drawings with bpmn-moddle and the descriptor of the product, writes them and reads them again. Reads
// {descriptor, drawings: {name: xml}} as JSON on the standard input; for each drawing gives the warnings, our attributes
// by element (as properties of their type, and those left untyped), and the same after the round trip.
import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";

const { descriptor, drawings } = JSON.parse(readFileSync(0, "utf8"));
const moddle = new BpmnModdle({ parapheur: descriptor });

function* every(element, seen = new Set()) {
  if (!element?.$type || seen.has(element)) return;
  seen.add(element);
  yield element;
  for (const property of element.$descriptor?.properties ?? []) {
    if (property.isReference) continue;
    for (const child of [element.get(property.name)].flat()) yield* every(child, seen);
  }
}

function ours(root) {
  const typed = {};
  const untyped = [];
  for (const element of every(root)) {
    for (const property of element.$descriptor?.properties ?? []) {
      if (property.ns?.prefix !== "parapheur" || !Object.hasOwn(element, property.name)) continue;
      (typed[element.id ?? element.$parent?.id] ??= {})[property.ns.localName] = element.get(property.name);
    }
    for (const name of Object.keys(element.$attrs ?? {})) if (name.startsWith("parapheur:")) untyped.push(name);
  }
  return { typed, untyped };
}

async function read(xml) {
  const { rootElement, warnings } = await moddle.fromXML(xml);
  return { rootElement, warnings: warnings.map((warning) => warning.message) };
}

const answers = {};
for (const [name, xml] of Object.entries(drawings)) {
  const { rootElement, warnings } = await read(xml);
  const again = await read((await moddle.toXML(rootElement, { format: true })).xml);
  answers[name] = { warnings: [...warnings, ...again.warnings], before: ours(rootElement), after: ours(again.rootElement) };
}
process.stdout.write(JSON.stringify(answers));
