package store

import (
	"encoding/binary"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store/record"
)

// block summarizes the records with the same number / blockSize. A scan with a time range skips
// blocks outside it, and retention uses the age of a block.
type block struct {
	count    uint64
	weight   uint64
	min, max int64 // earliest and latest start of its flows, Unix seconds; not narrowed by deletions
	stored   int64 // time when its newest record was stored, Unix seconds
}

func (b *block) value() []byte {
	v := binary.AppendUvarint(nil, b.count)
	v = binary.AppendUvarint(v, b.weight)
	v = binary.AppendVarint(v, b.min)
	v = binary.AppendVarint(v, b.max)
	return binary.AppendVarint(v, b.stored)
}

func readBlock(v []byte) (b block, ok bool) {
	p := record.Parser{B: v}
	b = block{p.Uvarint(), p.Uvarint(), p.Varint(), p.Varint(), p.Varint()}
	return b, !p.Bad
}

// tally counts the flows and bytes of one host in one segment.
type tally struct{ flows, weight uint64 }

func (t tally) value() []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, t.flows), t.weight)
}

func readTally(v []byte) tally {
	p := record.Parser{B: v}
	return tally{p.Uvarint(), p.Uvarint()}
}

// listKey is the key of the list of one host's records in one block. The list has the records'
// offsets in the block, two bytes each, ascending.
type listKey struct {
	block uint64
	host  uint32
}

func (k listKey) bytes() []byte {
	return binary.BigEndian.AppendUint32(key64(k.block), k.host)
}

// summaries collects the changes of a transaction to the summaries of a segment. Each is written
// once.
type summaries struct {
	seg    *segment
	blocks map[uint64]*block
	lists  map[listKey][]byte
	hosts  map[uint32]tally
}

func newSummaries(seg *segment) *summaries {
	return &summaries{
		seg: seg, blocks: map[uint64]*block{}, lists: map[listKey][]byte{}, hosts: map[uint32]tally{},
	}
}

func (x *summaries) block(n uint64) *block {
	b := x.blocks[n]
	if b == nil {
		b = new(block)
		if v := x.seg.blocks.Get(key64(n)); v != nil {
			*b, _ = readBlock(v)
		}
		x.blocks[n] = b
	}
	return b
}

func (x *summaries) list(k listKey) []byte {
	l, ok := x.lists[k]
	if !ok {
		l = slices.Clone(x.seg.byHost.Get(k.bytes()))
	}
	return l
}

func (x *summaries) host(id uint32) tally {
	t, ok := x.hosts[id]
	if !ok {
		t = readTally(x.seg.hosts.Get(binary.BigEndian.AppendUint32(nil, id)))
	}
	return t
}

// add adds the record n of a host. Numbers only grow, so lists stay sorted.
func (x *summaries) add(n uint64, host uint32, started, stored int64, weight uint64) {
	b := x.block(n / blockSize)
	if b.count == 0 {
		b.min, b.max = started, started
	}
	b.count++
	b.weight += weight
	b.min, b.max = min(b.min, started), max(b.max, started)
	b.stored = max(b.stored, stored)
	k := listKey{n / blockSize, host}
	x.lists[k] = binary.BigEndian.AppendUint16(x.list(k), uint16(n%blockSize))
	t := x.host(host)
	x.hosts[host] = tally{t.flows + 1, t.weight + weight}
}

// remove undoes add.
func (x *summaries) remove(n uint64, host uint32, weight uint64) {
	b := x.block(n / blockSize)
	b.count -= min(b.count, 1)
	b.weight -= min(b.weight, weight)
	k := listKey{n / blockSize, host}
	l := x.list(k)
	for i := 0; i+1 < len(l); i += 2 {
		if binary.BigEndian.Uint16(l[i:]) == uint16(n%blockSize) {
			l = slices.Delete(l, i, i+2)
			break
		}
	}
	x.lists[k] = l
	t := x.host(host)
	x.hosts[host] = tally{t.flows - min(t.flows, 1), t.weight - min(t.weight, weight)}
}

// flush writes the changes and removes empty entries.
func (x *summaries) flush() error {
	x.seg.blocks.FillPercent, x.seg.byHost.FillPercent = 0.9, 0.9
	for n, b := range x.blocks {
		if err := putOrDelete(x.seg.blocks, key64(n), b.value(), b.count == 0); err != nil {
			return err
		}
	}
	for k, l := range x.lists {
		if err := putOrDelete(x.seg.byHost, k.bytes(), l, len(l) == 0); err != nil {
			return err
		}
	}
	for id, t := range x.hosts {
		k := binary.BigEndian.AppendUint32(nil, id)
		if err := putOrDelete(x.seg.hosts, k, t.value(), t.flows == 0); err != nil {
			return err
		}
	}
	return nil
}

func putOrDelete(b *bolt.Bucket, k, v []byte, gone bool) error {
	if gone {
		return b.Delete(k)
	}
	return b.Put(k, v)
}
