package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/bodyhash"
)

// recordKind is the kind of a stored record: a checksum, this byte, the number of the flow's first
// record, the bodies, and the flow without them.
//
// Kind 1 is that of format 1, in which the hashes of bodies are halves of their SHA-256.
const (
	recordKind  = 2
	recordKind1 = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // computed in hardware on amd64 and arm64

// Roles of bodies in a record.
const (
	roleRequest  = 0
	roleResponse = 1
	roleMessages = 2 // the data of WebSocket messages, in the form of flow.AppendMessageData
)

// bodyRef refers to a body of a record.
type bodyRef struct {
	role byte
	id   uint64
	size uint64 // of the data, before compression
	hash bodyhash.Hash
}

// record is a decoded record.
type record struct {
	kind  byte
	first uint64 // local number of the flow's first record
	refs  []bodyRef
	meta  []byte // in the form of flow.AppendMeta
}

// weight returns the captured bytes of a record, as the summaries count them.
func (r *record) weight() uint64 {
	n := uint64(len(r.meta))
	for i := range r.refs {
		n += r.refs[i].size
	}
	return n
}

func (r *record) append(b []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, r.kind)
	b = binary.AppendUvarint(b, r.first)
	b = binary.AppendUvarint(b, uint64(len(r.refs)))
	for i := range r.refs {
		ref := &r.refs[i]
		b = append(b, ref.role)
		b = binary.AppendUvarint(b, ref.id)
		b = binary.AppendUvarint(b, ref.size)
		b = append(b, ref.hash.Sum[:]...)
	}
	b = append(b, r.meta...)
	binary.BigEndian.PutUint32(b[start:], crc32.Checksum(b[start+4:], castagnoli))
	return b
}

// readRecord parses b. The result points into b.
func readRecord(b []byte) (record, error) {
	var r record
	if len(b) < 5 || binary.BigEndian.Uint32(b) != crc32.Checksum(b[4:], castagnoli) {
		return r, fmt.Errorf("%w: checksum does not match", ErrCorrupt)
	}
	if r.kind = b[4]; r.kind != recordKind && r.kind != recordKind1 {
		return r, fmt.Errorf("%w: unknown kind %d", ErrCorrupt, b[4])
	}
	p := parser{b: b[5:]}
	r.first = p.uvarint()
	n := p.uvarint()
	if n > uint64(len(p.b)) {
		return r, fmt.Errorf("%w: too many bodies", ErrCorrupt)
	}
	if n > 0 {
		r.refs = make([]bodyRef, n)
	}
	for i := range r.refs {
		ref := &r.refs[i]
		ref.role = p.byte()
		ref.id = p.uvarint()
		ref.size = p.uvarint()
		copy(ref.hash.Sum[:], p.take(bodyhash.Size))
		ref.hash.SHA = r.kind == recordKind1
	}
	r.meta = p.b
	if p.bad {
		return r, fmt.Errorf("%w: cut short", ErrCorrupt)
	}
	return r, nil
}

// decode reads a record and the flow in it, which is brief if only that is needed.
func decode(rec []byte, brief bool) (record, flow.Flow, error) {
	var f flow.Flow
	r, err := readRecord(rec)
	if err != nil {
		return record{}, f, err
	}
	read := f.UnmarshalBinary
	if brief {
		read = f.UnmarshalBrief
	}
	if err := read(r.meta); err != nil {
		return record{}, f, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return r, f, nil
}

// parser reads fields from b. After an error it returns zeros, and bad is set.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) uvarint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) varint() int64 {
	v := p.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (p *parser) take(n int) []byte {
	if len(p.b) < n {
		p.bad, p.b = true, nil
		return nil
	}
	v := p.b[:n]
	p.b = p.b[n:]
	return v
}

func (p *parser) byte() byte {
	if v := p.take(1); v != nil {
		return v[0]
	}
	return 0
}
