import { expect, it } from 'vitest';
import { events } from './live';

const stream = (...parts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });

async function all(body: ReadableStream<Uint8Array>) {
  const found = [];
  for await (const e of events(body)) found.push(e);
  return found;
}

it('reads events however the network cuts them', async () => {
  const text = 'event: change\nid: 1.42\ndata: {"head":"1.42"}\n\nevent: heartbeat\ndata: {}\n\n';
  const whole = await all(stream(text));
  expect(whole).toEqual([
    { event: 'change', id: '1.42', data: '{"head":"1.42"}' },
    { event: 'heartbeat', id: null, data: '{}' },
  ]);
  for (let cut = 1; cut < text.length; cut++)
    expect(await all(stream(text.slice(0, cut), text.slice(cut)))).toEqual(whole);
});

it('keeps letters that are cut in two, and forgets an unfinished event', async () => {
  const bytes = new TextEncoder().encode(
    'event: change\ndata: {"name":"Inês"}\n\nevent: change\ndata: {',
  );
  const at = bytes.indexOf(0xc3) + 1;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.slice(0, at));
      controller.enqueue(bytes.slice(at));
      controller.close();
    },
  });
  expect(await all(body)).toEqual([{ event: 'change', id: null, data: '{"name":"Inês"}' }]);
});
