// Checks Kubernetes objects against the schemas that Kubernetes and the operators publish (package.json).
//
//   node validate.mjs FILE…    each FILE has the output of kubectl kustomize, or other YAML
//
// Prints one line for each error. The exit code is 1 if there is an error. The schemas are compiled validators that ignore unknown
// fields, as an API server does. So each object is wrapped to see which of its fields the validator reads: a field that it never
// reads, in an object of which it reads others, is unknown.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const packages = {
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "cert-manager.io": "@kubernetes-models/cert-manager",
  "external-secrets.io": "@kubernetes-models/external-secrets",
  "postgresql.cnpg.io": "@kubernetes-models/cloudnative-pg",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "gateway.envoyproxy.io": "@kubernetes-models/envoy-gateway",
};

// kubectl and kustomize read these; no API server does.
const ofTools = new Set(["kustomize.config.k8s.io"]);

/** The class of the object's kind. */
async function modelOf({ apiVersion, kind }) {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  const path = `${packages[group] ?? "kubernetes-models"}/${apiVersion}`;
  const models = await import(path).catch(() => ({}));
  if (!models[kind]) throw new Error(`no published schema has ${apiVersion} ${kind}`);
  return models[kind];
}

/** Wraps a value, and records the fields that are read. */
function watch(value, records, path = "") {
  if (value === null || typeof value !== "object") return value;
  const record = { path, value, read: new Set() };
  records.push(record);
  const children = new Map();
  return new Proxy(value, {
    get(target, name, receiver) {
      const child = Reflect.get(target, name, receiver);
      if (typeof name !== "string" || (Array.isArray(target) && !/^\d+$/.test(name))) return child;
      record.read.add(name);
      if (!children.has(name)) children.set(name, watch(child, records, `${path}/${name}`));
      return children.get(name);
    },
  });
}

const unknownFields = (records) =>
  records
    .filter(({ value, read }) => !Array.isArray(value) && read.size > 0)
    .flatMap(({ path, value, read }) => Object.keys(value).filter((name) => !read.has(name)).map((name) => `${path}/${name} is an unknown field`));

async function errorsOf(object) {
  const model = await modelOf(object);
  const records = [];
  const errors = [];
  try {
    model.prototype.validate.call(watch(object, records));
  } catch (error) {
    if (!error.errors) throw error;
    errors.push(...error.errors.map(({ instancePath, message, params }) => `${instancePath} ${message ?? JSON.stringify(params)}`));
  }
  return [...errors, ...unknownFields(records)];
}

let failed = false;
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const object = document.toJS();
    if (document.errors.length === 0 && (object === null || ofTools.has(object.apiVersion?.split("/")[0]))) continue;
    const errors = document.errors.length > 0 ? document.errors.map(String) : await errorsOf(object).catch((error) => [error.message]);
    for (const error of errors) console.error(`${file}: ${object?.kind} ${object?.metadata?.name}: ${error}`);
    failed ||= errors.length > 0;
  }
}
process.exitCode = failed ? 1 : 0;
