import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { Terminal } from '../support/terminal.ts';

const skip = partsMissing('tmux');
const manifest = `defaults: { base: scratch, cmd: [x], platforms: [linux/amd64] }
targets:
  api: { context: api }
  web: { context: web }
`;
const keys = /^r rebuild {2}o open {2}l logs/m;

function project(): Rig {
  return new Rig({ 'pycontainer.yaml': manifest, 'api/a.py': '1\n', 'web/b.py': '2\n' });
}

/** What stands below all that scrolled away. */
const live = (text: string): string => text.slice(Math.max(0, text.search(/^(?:error|watching|failed|changed)/m)));

for (const columns of [40, 80, 200]) {
  test(
    `a watch on ${columns} columns waits, tells what it rebuilds, keeps an error until it is mended, and ends`,
    { skip },
    async () => {
      await using rig = project();
      using terminal = new Terminal(rig, ['up', '--watch'], { columns, rows: 24 });
      await terminal.see(/^watching 2 files for api, web; rebuilt/m);
      await terminal.see(keys);
      rig.write({ 'api/a.py': '3\n' });
      await terminal.see(/^changed {2}api\/a\.py\nbuilt {4}app of api linux\/amd64, [^\n]* \(a\.py changed\)$/m);
      await terminal.see(/^rebuilt {2}api, web in [^\n]*s\n(?:watching [^\n]*\n)+r rebuild/m);
      terminal.press('e');
      await terminal.see(/^ {2}api\/a\.py\n {4}app of api linux\/amd64: a\.py chan/m);
      terminal.press('?');
      await terminal.see(/^ {2}r {2}build and deliver again/m);
      terminal.press('?');
      rig.write({ 'pycontainer.yaml': manifest.replace('api:', 'a_pi:') });
      await terminal.see(/^error\[manifest-invalid\][^]*\n3 \| {3}a_pi:[^]*\nfailed {3}waiting for changes/m);
      rig.write({ 'pycontainer.yaml': manifest });
      const text = await terminal.see(/^mended {3}it builds again$/m);
      assert.doesNotMatch(live(text), /error\[/);
      terminal.press('q');
      assert.equal(await terminal.ended(), 0);
      assert.doesNotMatch(terminal.text(), /r rebuild|^watching/m);
      assert.ok(terminal.isCursorShown);
    },
  );
}

test('keys rebuild, choose logs, and Ctrl-C ends it', { skip }, async () => {
  await using rig = project();
  using terminal = new Terminal(rig, ['up', '--watch'], { columns: 80, rows: 24 });
  await terminal.see(keys);
  const rounds = (): number => terminal.text().match(/^rebuilt /gm)?.length ?? 0;
  const before = rounds();
  terminal.press('r');
  await terminal.see(() => rounds() > before);
  terminal.press('l');
  await terminal.see(/l logs of api/);
  terminal.press('l');
  await terminal.see(/l logs of web/);
  terminal.press('C-c');
  assert.equal(await terminal.ended(), 0);
  assert.ok(terminal.isCursorShown);
});
