import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeEntities, startTags } from '../../../src/python/index/html.ts';

const links = (page: string) =>
  [...startTags(page)].filter(({ name }) => name === 'a').map(({ attributes }) => attributes.get('href'));

test('attributes are read in any quotes, in any case and with space around the sign', () => {
  assert.deepEqual(links(`<A HREF="1"><a\nhref = '2'><a class=x href=3><a/href=4 ><a href="5"data-x>`), [
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);
});

test('the first of two attributes counts, and one may have no value', () => {
  assert.deepEqual(links('<a href=1 href=2><a href><a>'), ['1', '', undefined]);
});

test('comments, declarations, end tags and the content of scripts are passed over', () => {
  const page = `<!-- <a href=1> --><!DOCTYPE x [<a]><?x?></a href=2><script>"<a href=3>"</SCRIPT ><style><a href=4></style><a href=5>`;
  assert.deepEqual(links(page), ['5']);
});

test('a > in quotes does not end a tag', () => {
  assert.deepEqual(links(`<a data-requires-python=">=3.8" href="x>y">`), ['x>y']);
});

test('less-than signs that begin nothing are text', () => {
  assert.deepEqual(links('1 < 2 <3 << <<a href=1> <'), ['1']);
});

test('what the page cuts off is no tag', () => {
  for (const page of ['<a href="x', '<a href=x', '<a', '<!-- <a href=x>', '<script><a href=x>', '<a href="x\'>']) {
    assert.deepEqual(links(page), [], page);
  }
});

test('letters that grow in lower case do not shift what follows', () => {
  assert.deepEqual(links('İİİİ<script></script><a href=1>'), ['1']);
});

test('entities are decoded once; unknown ones stay', () => {
  assert.equal(
    decodeEntities('&gt;=3.8,&lt;4 &amp;amp; &#43;&#x2B;&plus; &#60 &nope; &'),
    '>=3.8,<4 &amp; +++ &#60 &nope; &',
  );
  assert.equal(decodeEntities('&#0;&#xD800;&#x110000;&#99999999;'), '\ufffd\ufffd\ufffd\ufffd');
});

test('any page ends, in time that grows with its length', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '=',
    ' ',
    '/',
    '<a',
    '<!--',
    '-->',
    '<script',
    '</script',
    'href',
    '&',
    ';',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      for (const tag of startTags(pieces.join(''))) assert.match(tag.name, /^[a-z]/);
    }),
    { numRuns: 500 },
  );
  for (const hostile of ['<a "', '<', '<a href=', '<!--', '<script>', '<a x ', '<a\n\n\n\n', '</', '&#x']) {
    const page = hostile.repeat(200_000);
    const start = process.cpuUsage();
    Array.from(startTags(page));
    assert(process.cpuUsage(start).user < 10_000_000, hostile);
  }
});
