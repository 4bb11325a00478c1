import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { parseSdistFilename, parseWheelFilename } from '../../src/python/filename.ts';
import { parseMarker } from '../../src/python/marker.ts';
import { isName, normalizeName } from '../../src/python/name.ts';
import { parseRequirement } from '../../src/python/requirement.ts';
import { parseSpecifiers } from '../../src/python/specifier.ts';
import { parseVersion } from '../../src/python/version.ts';

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseVersion,
  parseSpecifiers,
  parseMarker,
  parseRequirement,
  parseWheelFilename: (text) => parseWheelFilename(`${text}-py3-none-any.whl`),
  'parseWheelFilename with many tags': (text) => parseWheelFilename(`a-1-${text}-${text}-${text}.whl`),
  parseSdistFilename: (text) => parseSdistFilename(`${text}.tar.gz`),
  normalizeName,
  isName,
};

const runs = [
  '1',
  '1.',
  'a',
  'a-',
  'a.',
  ' ',
  '(',
  '"',
  '\\',
  '1,',
  '>=1,',
  'and ',
  '-_',
  '1+a.',
  '.post',
  '=',
  "''",
  'a[b,',
  '\x1f',
];

test('texts of 100,000 characters are read or refused in no time', () => {
  for (const [name, parse] of Object.entries(parsers))
    for (const run of runs)
      for (const [before, after] of [
        ['', ''],
        ['1', '!'],
        ['a >=', ';'],
        ['os_name == "', '" x'],
      ] as const) {
        const start = process.cpuUsage();
        try {
          parse(before + run.repeat(100_000 / run.length) + after);
        } catch (error) {
          assert.ok(error instanceof PycontainerError, `${name} of ${run}: ${String(error)}`);
          assert.ok(error.message.length < 2000);
        }
        const { user } = process.cpuUsage(start);
        assert.ok(user < 3_000_000, `${name} of ${run} took ${user} µs of the processor`);
      }
});

test('a version of ten million characters is read', () => {
  assert.equal(parseVersion(`1${'.1'.repeat(5_000_000)}`).release.length, 5_000_001);
});
