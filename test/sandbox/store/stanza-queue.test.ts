import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../sandbox/store/database.ts';
import { StanzaQueue } from '../../../sandbox/store/stanza-queue.ts';
import { node } from '../../../sandbox/wire/node.ts';

const TO = { number: '5511911112222', device: 1 };

function queueWith(...stanzas: [string, Record<string, string>][]) {
  const queue = new StanzaQueue(openDatabase(undefined));
  for (const [tag, attrs] of stanzas) queue.add(TO, node(tag, attrs), tag === 'receipt' ? 'receipt' : 'message');
  const left = () => queue.list(TO, 0, 100).map(({ stanza }) => stanza.attrs);
  return { queue, left };
}

describe('StanzaQueue', () => {
  it('drops the message of the author whom the acknowledgement names when two chose the same id', () => {
    const { queue, left } = queueWith(
      ['message', { id: 'X', from: 'a@s.whatsapp.net' }],
      ['message', { id: 'X', from: 'b@s.whatsapp.net' }],
    );
    expect(queue.acknowledge(TO, { class: 'message', id: 'X', sender: 'b@s.whatsapp.net' })).toBe(true);
    expect(left()).toEqual([{ id: 'X', from: 'a@s.whatsapp.net' }]);
  });

  it('keeps two receipts with one id apart by their type', () => {
    const { queue, left } = queueWith(
      ['receipt', { id: 'X', from: 'a@s.whatsapp.net' }],
      ['receipt', { id: 'X', from: 'a@s.whatsapp.net', type: 'read' }],
    );
    queue.acknowledge(TO, { class: 'receipt', id: 'X', kind: 'read', sender: 'a@s.whatsapp.net' });
    expect(left()).toEqual([{ id: 'X', from: 'a@s.whatsapp.net' }]);
  });

  it('keeps everything when nothing fits', () => {
    const { queue, left } = queueWith(['message', { id: 'X', from: 'a@s.whatsapp.net' }]);
    expect(queue.acknowledge(TO, { class: 'message', id: 'Y' })).toBe(false);
    expect(queue.acknowledge({ ...TO, device: 2 }, { class: 'message', id: 'X' })).toBe(false);
    expect(left()).toHaveLength(1);
  });

  it('lists in the order of arrival, from a place on', () => {
    const { queue } = queueWith(['message', { id: '1' }], ['message', { id: '2' }], ['message', { id: '3' }]);
    const [first] = queue.list(TO, 0, 1);
    expect(queue.list(TO, first?.seq ?? 0, 10).map(({ stanza }) => stanza.attrs['id'])).toEqual(['2', '3']);
    expect(queue.count(TO)).toEqual({ message: 3, receipt: 0, notification: 0 });
  });
});
