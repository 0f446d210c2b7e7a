// kubernetes.mjs < DOCUMENTS (a JSON list): each against the schema of its kind, and every member against the types that the package declares, since the
// schema passes over members it does not know, as a server would not (kubectl asks it for strict validation). Then the same with a fault in each.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = path.join(process.env.MXS_NPM, 'node_modules', 'kubernetes-models');

const modules = path.join(process.env.MXS_NPM, 'node_modules');

// {member: type} of the interface of a file, and where its types come from.
function declared(file) {
  const name = `I${path.basename(file, '.d.ts')}`;
  const text = fs.readFileSync(file, 'utf8');
  const from = Object.fromEntries([...text.matchAll(/import \{ (\w+) \} from "([^"]+)"/g)].map(([, what, where]) => [what, where]));
  const body = text.split(new RegExp(`export interface ${name} `))[1].split('\nexport ')[0];
  const members = {};
  for (const [, member, type] of body.matchAll(/^ {4}"?([\w$]+)"?\??: (.*)$/gm)) members[member] = type;
  return { members, from };
}

function unknown(value, file, at, found) {
  const { members, from } = declared(file);
  for (const [key, inner] of Object.entries(value)) {
    if (!(key in members)) {
      found.push(`${at}.${key}`);
      continue;
    }
    const type = (members[key].match(/\bI[A-Z]\w+/) ?? [])[0];
    if (!type || !from[type]) continue;
    const next = `${path.join(from[type].startsWith('.') ? path.dirname(file) : modules, from[type]).replace(/\.js$/, '')}.d.ts`;
    for (const one of Array.isArray(inner) ? inner : [inner])
      if (one && typeof one === 'object') unknown(one, next, `${at}.${key}`, found);
  }
  return found;
}

async function complaints(document) {
  const api = document.apiVersion;
  const models = await import(pathToFileURL(path.join(folder, api, 'index.js')).href);
  const found = [];
  try {
    new models[document.kind](document).validate();
  } catch (error) {
    found.push(error.message);
  }
  return unknown(document, path.join(folder, api, `${document.kind}.d.ts`), document.kind, found);
}

const documents = JSON.parse(fs.readFileSync(0, 'utf8'));
let wrong = 0;
for (const document of documents) {
  const found = await complaints(document);
  console.log(`${document.kind} ${document.metadata.name}: ${found.length ? found.join('; ') : 'ok'}`);
  wrong += found.length;
}
const job = documents.find((document) => document.kind === 'Job');
const faults = [(one) => { one.spec.backoffLimitPerIndex = 'six'; }, (one) => { one.spec.backoffLimitPerindex = 6; },
  (one) => { one.spec.template.spec.containers[0].comand = []; }, (one) => { delete one.spec.template; },
  (one) => { one.spec.template.spec.containers[0].volumeMounts[0].path = '/x'; }];
for (const fault of faults) {
  const one = structuredClone(job);
  fault(one);
  if ((await complaints(one)).length === 0) {
    console.log(`a fault is not found: ${fault}`);
    wrong++;
  }
}
process.exit(wrong ? 1 : 0);
