// Draws the OpenAPI document as a page; text only ever goes in as text.
const element = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
};

const answer = await fetch('/api/openapi.json');
const api = await answer.json();
const refName = (ref) => ref.split('/').pop();

// A schema as a short, readable type; each name is opened once on the way down.
function type(schema, depth = 0, seen = new Set()) {
  if (!schema) return 'any';
  if (schema.$ref) {
    const name = refName(schema.$ref);
    const target = api.components.schemas[name];
    if (!target || seen.has(name) || depth > 3) return name;
    return type(target, depth, new Set([...seen, name]));
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.oneOf ?? schema.anyOf) {
    return (schema.oneOf ?? schema.anyOf).map((part) => type(part, depth, seen)).join(' | ');
  }
  if (schema.allOf) return schema.allOf.map((part) => type(part, depth, seen)).join(' & ');
  const kinds = [schema.type ?? 'any'].flat();
  if (kinds.includes('array')) return `[${type(schema.items, depth, seen)}]`;
  if (schema.properties) {
    const pad = '  '.repeat(depth + 1);
    const required = new Set(schema.required ?? []);
    const lines = Object.entries(schema.properties).map(([name, part]) => {
      const hint = part.description ? `  // ${part.description.split('\n')[0]}` : '';
      return `${pad}${name}${required.has(name) ? '' : '?'}: ${type(part, depth + 1, seen)}${hint}`;
    });
    return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
  }
  return kinds.join(' | ') + (schema.format ? ` (${schema.format})` : '');
}

// Responses that operations share are all problems: what they mean is enough.
const shared = (response) => response.$ref
  ? { description: api.components.responses[refName(response.$ref)].description }
  : response;

const body = (content) => Object.entries(content ?? {})
  .map(([media, { schema }]) => element('div', {}, element('span', { class: 'hint' }, media), element('pre', {}, type(schema))));

function operation(path, method, op) {
  const rows = (op.parameters ?? []).map((p) => element('tr', {},
    element('td', {}, element('code', {}, p.name)),
    element('td', {}, `${p.in}${p.required ? ', required' : ''}`),
    element('td', {}, type(p.schema)),
    element('td', {}, p.description ?? '')));
  const responses = Object.entries(op.responses).filter(([status]) => status !== 'default')
    .map(([status, response]) => [status, shared(response)])
    .flatMap(([status, response]) => [element('p', {}, element('b', {}, status), ` ${response.description}`), ...body(response.content)]);
  return element('details', { id: op.operationId },
    element('summary', {}, element('span', { class: 'method' }, method.toUpperCase()),
      element('code', {}, path), ' ', element('span', { class: 'hint' }, op.summary ?? '')),
    op.description ? element('p', {}, op.description) : null,
    rows.length > 0 ? element('table', {}, ...rows) : null,
    ...(op.requestBody ? [element('p', {}, element('b', {}, 'Body')), ...body(op.requestBody.content)] : []),
    ...responses);
}

document.getElementById('about').textContent = api.info.description;
const main = document.getElementById('operations');
for (const tag of api.tags) {
  const found = Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item)
    .filter(([, op]) => op.tags?.includes(tag.name))
    .map(([method, op]) => operation(path, method, op)));
  main.append(element('section', {}, element('h2', {}, tag.name), element('p', { class: 'hint' }, tag.description), ...found));
}

document.getElementById('find').addEventListener('input', (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const details of main.querySelectorAll('details')) {
    details.hidden = !details.firstChild.textContent.toLowerCase().includes(wanted);
  }
});
