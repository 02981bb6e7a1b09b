package store

// This file has the summaries of a segment of a store: the number and times of the records of each
// block, and the number and places of the records of each host.

import (
	"encoding/binary"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/store/format"
)

// blockSummary summarizes the records with the same number / format.MaxIndexFlows. A scan with a
// time range skips blocks outside it, and retention uses the age of a block.
type blockSummary struct {
	Count    uint64
	Weight   uint64
	Min, Max int64 // earliest and latest start of its flows, Unix seconds; not narrowed by deletions
	Stored   int64 // time when its newest record was stored, Unix seconds
}

// Value returns the encoding.
func (b *blockSummary) Value() []byte {
	v := binary.AppendUvarint(nil, b.Count)
	v = binary.AppendUvarint(v, b.Weight)
	v = binary.AppendVarint(v, b.Min)
	v = binary.AppendVarint(v, b.Max)
	return binary.AppendVarint(v, b.Stored)
}

// Stamp returns what precedes the index of the block in this state.
func (b *blockSummary) Stamp() []byte {
	return binary.BigEndian.AppendUint64(append([]byte{format.IndexVersion}, summaryKey64(b.Count)...), b.Weight)
}

// readBlockSummary is the inverse of Value.
func readBlockSummary(v []byte) (b blockSummary, ok bool) {
	p := format.Parser{B: v}
	b = blockSummary{p.Uvarint(), p.Uvarint(), p.Varint(), p.Varint(), p.Varint()}
	return b, !p.Bad
}

// tally counts the flows and bytes of one host in one segment.
type tally struct{ Flows, Weight uint64 }

// Value returns the encoding.
func (t tally) Value() []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, t.Flows), t.Weight)
}

// readTally is the inverse of Value. A host without an entry has a zero tally.
func readTally(v []byte) tally {
	p := format.Parser{B: v}
	return tally{p.Uvarint(), p.Uvarint()}
}

// hostListKey is the key of the list of one host's records in one block. The list has the records'
// offsets in the block, two bytes each, ascending.
type hostListKey struct {
	Block uint64
	Host  uint32
}

// Bytes returns the key.
func (k hostListKey) Bytes() []byte {
	return binary.BigEndian.AppendUint32(summaryKey64(k.Block), k.Host)
}

// summaryChanges collects the changes of a transaction to the summaries of a segment. Each is
// written once.
type summaryChanges struct {
	blockTable, listTable, hostTable *bolt.Bucket

	blocks map[uint64]*blockSummary
	lists  map[hostListKey][]byte
	hosts  map[uint32]tally
}

// newSummaryChanges returns no changes of three tables.
func newSummaryChanges(blocks, byHost, hosts *bolt.Bucket) *summaryChanges {
	return &summaryChanges{
		blockTable: blocks, listTable: byHost, hostTable: hosts,
		blocks: map[uint64]*blockSummary{}, lists: map[hostListKey][]byte{}, hosts: map[uint32]tally{},
	}
}

func (x *summaryChanges) block(n uint64) *blockSummary {
	b := x.blocks[n]
	if b == nil {
		b = new(blockSummary)
		if v := x.blockTable.Get(summaryKey64(n)); v != nil {
			*b, _ = readBlockSummary(v)
		}
		x.blocks[n] = b
	}
	return b
}

func (x *summaryChanges) list(k hostListKey) []byte {
	l, ok := x.lists[k]
	if !ok {
		l = slices.Clone(x.listTable.Get(k.Bytes()))
	}
	return l
}

func (x *summaryChanges) host(id uint32) tally {
	t, ok := x.hosts[id]
	if !ok {
		t = readTally(x.hostTable.Get(binary.BigEndian.AppendUint32(nil, id)))
	}
	return t
}

// Add adds the record n of a host. Numbers only grow, so lists stay sorted.
func (x *summaryChanges) Add(n uint64, host uint32, started, stored int64, weight uint64) {
	b := x.block(n / format.MaxIndexFlows)
	if b.Count == 0 {
		b.Min, b.Max = started, started
	}
	b.Count++
	b.Weight += weight
	b.Min, b.Max = min(b.Min, started), max(b.Max, started)
	b.Stored = max(b.Stored, stored)
	k := hostListKey{n / format.MaxIndexFlows, host}
	x.lists[k] = binary.BigEndian.AppendUint16(x.list(k), uint16(n%format.MaxIndexFlows))
	t := x.host(host)
	x.hosts[host] = tally{t.Flows + 1, t.Weight + weight}
}

// Remove undoes Add.
func (x *summaryChanges) Remove(n uint64, host uint32, weight uint64) {
	b := x.block(n / format.MaxIndexFlows)
	b.Count -= min(b.Count, 1)
	b.Weight -= min(b.Weight, weight)
	k := hostListKey{n / format.MaxIndexFlows, host}
	l := x.list(k)
	for i := 0; i+1 < len(l); i += 2 {
		if binary.BigEndian.Uint16(l[i:]) == uint16(n%format.MaxIndexFlows) {
			l = slices.Delete(l, i, i+2)
			break
		}
	}
	x.lists[k] = l
	t := x.host(host)
	x.hosts[host] = tally{t.Flows - min(t.Flows, 1), t.Weight - min(t.Weight, weight)}
}

// Flush writes the changes and removes empty entries.
func (x *summaryChanges) Flush() error {
	x.blockTable.FillPercent, x.listTable.FillPercent = 0.9, 0.9
	for n, b := range x.blocks {
		if err := putOrDelete(x.blockTable, summaryKey64(n), b.Value(), b.Count == 0); err != nil {
			return err
		}
	}
	for k, l := range x.lists {
		if err := putOrDelete(x.listTable, k.Bytes(), l, len(l) == 0); err != nil {
			return err
		}
	}
	for id, t := range x.hosts {
		k := binary.BigEndian.AppendUint32(nil, id)
		if err := putOrDelete(x.hostTable, k, t.Value(), t.Flows == 0); err != nil {
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

func summaryKey64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
