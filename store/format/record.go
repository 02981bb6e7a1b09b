// Package format encodes the content of a store: records of flows, chunks of compressed bodies,
// indexes of blocks of records, and the hashes that identify bodies. It also reads the pages of
// bbolt files before bbolt maps them. docs/format.md describes the bytes.
//
// It knows no transactions and no files; package store does. Read record.go first.
package format

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/spectap/spectap/flow"
)

// Kind is the kind of a stored record: a checksum, this byte, the number of the flow's first
// record, the bodies, and the flow without them.
const Kind = 2

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // computed in hardware on amd64 and arm64

// Roles of bodies in a record.
const (
	Request  = 0
	Response = 1
	Messages = 2 // the data of WebSocket messages, in the form of flow.AppendMessageData
)

// BodyRef refers to a body of a record.
type BodyRef struct {
	Role byte
	ID   uint64
	Size uint64 // of the data, before compression
	Hash BodyHash
}

// Record is a decoded record.
type Record struct {
	First uint64 // local number of the flow's first record
	Refs  []BodyRef
	Meta  []byte // in the form of flow.AppendMeta
}

// Weight returns the captured bytes of a record, as the summaries count them.
func (r *Record) Weight() uint64 {
	n := uint64(len(r.Meta))
	for i := range r.Refs {
		n += r.Refs[i].Size
	}
	return n
}

// Append appends the record to b.
func (r *Record) Append(b []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, Kind)
	b = binary.AppendUvarint(b, r.First)
	b = binary.AppendUvarint(b, uint64(len(r.Refs)))
	for i := range r.Refs {
		ref := &r.Refs[i]
		b = append(b, ref.Role)
		b = binary.AppendUvarint(b, ref.ID)
		b = binary.AppendUvarint(b, ref.Size)
		b = append(b, ref.Hash[:]...)
	}
	b = append(b, r.Meta...)
	binary.BigEndian.PutUint32(b[start:], crc32.Checksum(b[start+4:], castagnoli))
	return b
}

// Read parses b. The result points into b.
func Read(b []byte) (Record, error) {
	var r Record
	if len(b) < 5 || binary.BigEndian.Uint32(b) != crc32.Checksum(b[4:], castagnoli) {
		return r, fmt.Errorf("%w: checksum does not match", ErrCorrupt)
	}
	if b[4] != Kind {
		return r, fmt.Errorf("%w: unknown kind %d", ErrCorrupt, b[4])
	}
	p := Parser{B: b[5:]}
	r.First = p.Uvarint()
	n := p.Uvarint()
	if n > uint64(len(p.B)) {
		return r, fmt.Errorf("%w: too many bodies", ErrCorrupt)
	}
	if n > 0 {
		r.Refs = make([]BodyRef, n)
	}
	for i := range r.Refs {
		ref := &r.Refs[i]
		ref.Role = p.Byte()
		ref.ID = p.Uvarint()
		ref.Size = p.Uvarint()
		copy(ref.Hash[:], p.Take(len(ref.Hash)))
	}
	r.Meta = p.B
	if p.Bad {
		return r, fmt.Errorf("%w: cut short", ErrCorrupt)
	}
	return r, nil
}

// Decode reads a record and its flow, which is brief if the caller needs no more.
func Decode(rec []byte, brief bool) (Record, flow.Flow, error) {
	var f flow.Flow
	r, err := Read(rec)
	if err != nil {
		return Record{}, f, err
	}
	read := f.UnmarshalBinary
	if brief {
		read = f.UnmarshalBrief
	}
	if err := read(r.Meta); err != nil {
		return Record{}, f, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return r, f, nil
}

// Parser reads fields from B. After an error it returns zeros, and Bad is set.
type Parser struct {
	B   []byte
	Bad bool
}

// Uvarint reads a uvarint.
func (p *Parser) Uvarint() uint64 {
	v, n := binary.Uvarint(p.B)
	if n <= 0 {
		p.Bad, p.B = true, nil
		return 0
	}
	p.B = p.B[n:]
	return v
}

// Varint reads a signed number.
func (p *Parser) Varint() int64 {
	v := p.Uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// Take reads n bytes.
func (p *Parser) Take(n int) []byte {
	if len(p.B) < n {
		p.Bad, p.B = true, nil
		return nil
	}
	v := p.B[:n]
	p.B = p.B[n:]
	return v
}

// Byte reads a byte.
func (p *Parser) Byte() byte {
	if v := p.Take(1); v != nil {
		return v[0]
	}
	return 0
}
