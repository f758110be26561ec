// Reads DMN files with dmn-moddle, the reader of dmn-js, and writes them again. Standard input: a JSON list of files;
// standard output: for each, the warnings, the names of its decisions, and the file that dmn-moddle writes.
import { readFileSync } from "node:fs";
import { DmnModdle } from "dmn-moddle";

const files = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const xml of files) {
  const moddle = new DmnModdle();
  const { rootElement, warnings } = await moddle.fromXML(xml);
  const written = await moddle.toXML(rootElement, { format: true });
  const decisions = rootElement.drgElement.filter((element) => element.$type === "dmn:Decision");
  answers.push({ warnings: warnings.map((each) => each.message), names: decisions.map((each) => each.name), xml: written.xml });
}

// A table made with its objects, as an editor does.
const moddle = new DmnModdle();
const text = (type, content, more = {}) => moddle.create(type, { text: content, ...more });
const cell = (content) => text("dmn:UnaryTests", content);
const answer = (content) => text("dmn:LiteralExpression", content);
const table = moddle.create("dmn:DecisionTable", { id: "table", hitPolicy: "FIRST" });
table.input = [
  moddle.create("dmn:InputClause", { id: "in", label: "Montant", inputExpression: text("dmn:LiteralExpression", "montant", { id: "ine", typeRef: "number" }) }),
];
table.output = [moddle.create("dmn:OutputClause", { id: "out", name: "visa", typeRef: "string" })];
table.rule = [
  moddle.create("dmn:DecisionRule", { id: "r1", inputEntry: [cell("[4000..40000[")], outputEntry: [answer('"dgs"')] }),
  moddle.create("dmn:DecisionRule", { id: "r2", inputEntry: [cell("")], outputEntry: [answer('"maire"')] }),
];
const decision = moddle.create("dmn:Decision", { id: "visa", name: "Visa", decisionLogic: table });
const made = moddle.create("dmn:Definitions", { id: "d", name: "Fait par moddle", namespace: "http://camunda.org/schema/1.0/dmn", drgElement: [decision] });
process.stdout.write(JSON.stringify({ answers, made: (await moddle.toXML(made)).xml }));
