package store

import (
	"bytes"
	"encoding/binary"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// indexCheck rebuilds the indexes of a segment, block by block, and compares them with the stored
// ones.
type indexCheck struct {
	v    *verifier
	s    *segment
	name string

	number    uint64 // number of the block that is being rebuilt
	block     blockSummary
	lists     map[uint32][]byte
	blocks    int // number of blocks with records
	hostLists int // expected number of host lists

	hosts map[uint32]tally

	records, open int // number of all records, and of those of open flows
}

func newIndexCheck(v *verifier, s *segment, name string) *indexCheck {
	return &indexCheck{v: v, s: s, name: name, lists: map[uint32][]byte{}, hosts: map[uint32]tally{}}
}

// record adds a record. Records arrive in order.
func (x *indexCheck) record(n uint64, r *format.Record, f *flow.Flow) {
	if n/blockSize != x.number {
		x.endBlock()
		x.number = n / blockSize
	}
	started, weight := f.Started.Unix(), r.Weight()
	if x.block.Count == 0 {
		x.block.Min, x.block.Max = started, started
	}
	x.block.Count++
	x.block.Weight += weight
	x.block.Min, x.block.Max = min(x.block.Min, started), max(x.block.Max, started)
	host, ok := hostID(x.v.tx, f.Request.Authority)
	if !ok {
		x.v.problem("%s record %d: its host has no id", x.name, n)
	}
	x.lists[host] = binary.BigEndian.AppendUint16(x.lists[host], uint16(n%blockSize))
	t := x.hosts[host]
	x.hosts[host] = tally{Flows: t.Flows + 1, Weight: t.Weight + weight}
	x.records++
	if !f.Done {
		x.open++
		if bigEndian64(x.s.ids.Get(f.ID[:])) != n {
			x.v.problem("%s record %d: is not found by its id", x.name, n)
		}
	}
	x.checkNumbers(r.First, n)
}

// checkNumbers checks that all numbers of a flow lead to its newest record.
func (x *indexCheck) checkNumbers(first, n uint64) {
	if first > n || x.s.newest(first) != n {
		x.v.problem("%s record %d: its first number %d does not lead to it", x.name, n, first)
	}
}

// endBlock compares the rebuilt block with the stored one.
func (x *indexCheck) endBlock() {
	if x.block.Count == 0 {
		return
	}
	x.blocks++
	x.hostLists += len(x.lists)
	b, ok := readBlockSummary(x.s.blocks.Get(key64(x.number)))
	if !ok || b.Count != x.block.Count || b.Weight != x.block.Weight || b.Min > x.block.Min || b.Max < x.block.Max {
		x.v.problem("%s block %d: its summary does not match", x.name, x.number)
	}
	if x.s.hasIndex(x.number, &b) {
		data, err := x.s.indexData(x.v.codec, x.number, &b)
		if err != nil || !bytes.Equal(data, x.s.encodeIndex(x.number, &b)) {
			x.v.problem("%s block %d: its index does not match", x.name, x.number)
		}
	}
	for host, list := range x.lists {
		if !bytes.Equal(list, x.s.byHost.Get(hostListKey{Block: x.number, Host: host}.Bytes())) {
			x.v.problem("%s block %d: the list of host %d does not match", x.name, x.number, host)
		}
	}
	x.block = blockSummary{}
	clear(x.lists)
}

// finish compares the counts, to find entries without records.
func (x *indexCheck) finish() {
	x.endBlock()
	for id, t := range x.hosts {
		if got := readTally(x.s.hosts.Get(binary.BigEndian.AppendUint32(nil, id))); got != t {
			x.v.problem("%s: host %d has %d flows, %d bytes; counted are %d, %d", x.name, id, t.Flows, t.Weight, got.Flows, got.Weight)
		}
		if !x.v.hosts[id] {
			x.v.problem("%s: host %d has no name", x.name, id)
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"blocks", x.s.blocks.Stats().KeyN, x.blocks},
		{"host lists", x.s.byHost.Stats().KeyN, x.hostLists},
		{"hosts", x.s.hosts.Stats().KeyN, len(x.hosts)},
		{"ids of open flows", x.s.ids.Stats().KeyN, x.open},
		{"open flows", x.s.open.Stats().KeyN, x.open},
		{"finished flows", x.s.flows.Stats().KeyN, x.records - x.open},
	} {
		if c.got != c.want {
			x.v.problem("%s: %d %s, should be %d", x.name, c.got, c.what, c.want)
		}
	}
}
