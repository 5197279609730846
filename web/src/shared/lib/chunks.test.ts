import { describe, expect, it, vi } from 'vitest';
import { fetchChunk, getChunks } from './chunks';
import { allSaved, noteUnsaved } from './unsaved';

const missing = () =>
  Promise.reject(new TypeError('Failed to fetch dynamically imported module: /assets/a.js'));
const around = (replaced = false) => ({
  isReplaced: vi.fn(() => Promise.resolve(replaced)),
  pause: vi.fn((ms: number) => Promise.resolve(void ms)),
});

describe('code that is fetched when it is needed', () => {
  it('is asked for until it comes, in longer and longer pauses, and is waited for meanwhile', async () => {
    const seen: number[] = [];
    const load = vi.fn(() => Promise.resolve('code'));
    for (let i = 0; i < 5; i++) load.mockImplementationOnce(missing);
    const world = around();
    world.pause.mockImplementation(() => Promise.resolve(void seen.push(getChunks().waiting)));
    expect(await fetchChunk(load, world)).toBe('code');
    expect(load).toHaveBeenCalledTimes(6);
    expect(world.pause.mock.calls.map(([ms]) => ms)).toEqual([500, 1000, 2000, 5000, 5000]);
    expect(seen).toEqual([1, 1, 1, 1, 1]);
    expect(getChunks()).toEqual({ waiting: 0, replaced: false });
  });

  it('is an error when it came and failed', async () => {
    const world = around();
    const broken = () => Promise.reject(new TypeError('x is not a function'));
    await expect(fetchChunk(broken, world)).rejects.toThrow('x is not a function');
    expect(world.pause).not.toHaveBeenCalled();
    expect(getChunks().waiting).toBe(0);
  });

  it('takes the place of no form that is being filled in meanwhile', async () => {
    const load = vi.fn(() => Promise.resolve('code')).mockImplementationOnce(missing);
    const done = vi.fn();
    noteUnsaved('form', true);
    const fetched = fetchChunk(load, around(), allSaved).then(done);
    await new Promise((resolve) => setTimeout(resolve));
    expect(load).toHaveBeenCalledTimes(2);
    expect(done).not.toHaveBeenCalled();
    noteUnsaved('form', false);
    await fetched;
    expect(done).toHaveBeenCalledWith('code');
  });

  it('waits for nothing where it comes at once', async () => {
    noteUnsaved('form', true);
    expect(await fetchChunk(() => Promise.resolve('code'), around(), allSaved)).toBe('code');
    noteUnsaved('form', false);
  });

  it('tells of a newer version where the server has one', async () => {
    const load = vi.fn(() => Promise.resolve('code')).mockImplementationOnce(missing);
    await fetchChunk(load, around(true));
    expect(getChunks()).toEqual({ waiting: 0, replaced: true });
  });
});
