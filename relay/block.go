package relay

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/varint"
	"github.com/spectap/spectap/store"
)

// Limits of a block.
const (
	// MaxFlows is the number of flows in a block.
	MaxFlows = 256
	// MaxData is the size at which a block is cut: the encoded flows before compression are four
	// times as large at most. One flow may be larger.
	MaxData = 600 << 10
	// maxRaw bounds a block before compression, so that a block from the network cannot use up the
	// memory of its readers.
	maxRaw = 256 << 20
	// maxSpare bounds a buffer that is kept for the next block.
	maxSpare = 8 * MaxData
)

// ErrTooLarge means that one flow is larger than a block may be.
var ErrTooLarge = errors.New("flow is too large for a block")

// The first byte of a block is its version. Version 1 is a zstd frame of: the length of a list of
// [store.Session] in JSON and the list, or a 0; the number of flows, and for each flow the
// difference of its number to the number before it (After for the first), the length of its record,
// and the record of [flow.Flow.AppendBinary]. Numbers are uvarints. In version 2 a byte with the
// kind precedes the frame.
const (
	plainVersion = 1
	kindVersion  = 2
)

// Kinds of entries. Those of version 1 have kindFlows.
const (
	kindFlows    byte = iota
	kindStaged        // flows of an import, in the form of version 1, which nobody sees before its commit
	kindCommit        // makes an import visible; see commit
	kindDeletion      // names flows that are deleted; see [Deletion]
)

// kind returns the kind of an entry.
func (e *Entry) kind() byte {
	if len(e.Data) > 1 && e.Data[0] == kindVersion {
		return e.Data[1]
	}
	return kindFlows
}

// Codec encodes and decodes blocks. It is safe for concurrent use.
type Codec struct {
	enc    *zstd.Encoder
	dec    *zstd.Decoder
	joined sync.Pool // of *[]byte, what was compressed
}

// NewCodec returns a codec.
func NewCodec() *Codec {
	// On blocks of JSON the fastest level takes half of the time of the default, and no more bytes.
	// Only wrong options are an error.
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	dec, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxRaw))
	return &Codec{enc: enc, dec: dec}
}

// raw appends the uncompressed form of one flow: the difference of its number to prev, and its
// record.
func raw(b []byte, f *flow.Flow, prev uint64) ([]byte, error) {
	held := len(f.Request.Body.Data)
	if f.Response != nil {
		held += len(f.Response.Body.Data)
	}
	if held > maxRaw/2 { // without a copy of it
		return b, fmt.Errorf("flow %d of %d bytes: %w", f.Seq, held, ErrTooLarge)
	}
	g := *f
	g.Seq, g.Last, g.Import = 0, 0, 0
	grown := binary.AppendUvarint(b, uint64(f.Last)-prev)
	at := len(grown)
	var size [binary.MaxVarintLen64]byte
	grown, err := g.AppendBinary(append(grown, size[:]...)) // room for the length, which is not known
	if err != nil {
		return b, fmt.Errorf("encode flow %d: %w", f.Seq, err)
	}
	rec := grown[at+len(size):]
	if len(rec) > maxRaw/2 {
		return b, fmt.Errorf("flow %d of %d bytes: %w", f.Seq, len(rec), ErrTooLarge)
	}
	n := binary.PutUvarint(grown[at:], uint64(len(rec)))
	return grown[:at+n+copy(grown[at+n:], rec)], nil
}

// seal returns the data of a block of n flows, whose raw forms are joined in b.
func (c *Codec) seal(sessions []store.Session, n int, b []byte) ([]byte, error) {
	var list []byte
	if len(sessions) > 0 {
		var err error
		if list, err = json.Marshal(sessions); err != nil {
			return nil, fmt.Errorf("encode sessions: %w", err)
		}
	}
	buf, _ := c.joined.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	all := binary.AppendUvarint((*buf)[:0], uint64(len(list)))
	all = binary.AppendUvarint(append(all, list...), uint64(n))
	all = append(all, b...)
	data := c.enc.EncodeAll(all, append(make([]byte, 0, len(all)/4), plainVersion))
	if *buf = all; cap(all) <= maxSpare {
		c.joined.Put(buf)
	}
	return data, nil
}

// sealKind returns the data of an entry of a kind.
func (c *Codec) sealKind(kind byte, b []byte) []byte {
	return c.enc.EncodeAll(b, []byte{kindVersion, kind})
}

// Encode returns the data of a block. Flows have their numbers in Last, in ascending order and
// larger than after.
func (c *Codec) Encode(after uint64, sessions []store.Session, flows []*flow.Flow) ([]byte, error) {
	var b []byte
	var err error
	for _, f := range flows {
		if b, err = raw(b, f, after); err != nil {
			return nil, err
		}
		after = uint64(f.Last)
	}
	return c.seal(sessions, len(flows), b)
}

// Decode returns the sessions of an entry, and its flows, with their numbers in Last. Errors are
// [ErrVersion] and [ErrMalformed].
func (c *Codec) Decode(e *Entry) ([]store.Session, []*flow.Flow, error) {
	if e.kind() != kindFlows {
		return nil, nil, fmt.Errorf("%w: %v is no block of flows", ErrMalformed, e)
	}
	return c.decodeFlows(e)
}

// frame returns the decompressed data of an entry. Errors are [ErrVersion] and [ErrMalformed].
func (c *Codec) frame(e *Entry) ([]byte, error) {
	if len(e.Data) == 0 {
		return nil, fmt.Errorf("%w: %v is empty", ErrMalformed, e)
	}
	data := e.Data[1:]
	switch version := e.Data[0]; {
	case version > kindVersion:
		return nil, fmt.Errorf("%w: %v has version %d, this program reads %d", ErrVersion, e, version, kindVersion)
	case version == 0 || e.After > e.Last || version == kindVersion && len(data) == 0:
		return nil, fmt.Errorf("%w: %v", ErrMalformed, e)
	case version == kindVersion && data[0] > kindDeletion:
		return nil, fmt.Errorf("%w: %v has kind %d", ErrVersion, e, data[0])
	case version == kindVersion:
		data = data[1:]
	}
	b, err := c.dec.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %v: %w", ErrMalformed, e, err)
	}
	return b, nil
}

// decodeFlows decodes an entry that has flows, staged or not.
func (c *Codec) decodeFlows(e *Entry) ([]store.Session, []*flow.Flow, error) {
	b, err := c.frame(e)
	if err != nil {
		return nil, nil, err
	}
	r := varint.NewReader(b)
	list := r.Bytes()
	var sessions []store.Session
	if len(list) > 0 {
		if err := json.Unmarshal(list, &sessions); err != nil {
			return nil, nil, fmt.Errorf("%w: sessions of %v: %w", ErrMalformed, e, err)
		}
	}
	flows, err := parse(r, e.After, e.Last)
	if err != nil {
		return nil, nil, fmt.Errorf("%v: %w", e, err)
	}
	return sessions, flows, nil
}

// parse reads the flows of a block. Each takes three bytes at least, so a short block cannot claim
// many.
func parse(r *varint.Reader, after, last uint64) ([]*flow.Flow, error) {
	n := r.Uint()
	if r.Err() != nil || n > MaxFlows || n > last-after {
		return nil, fmt.Errorf("%w: number of flows", ErrMalformed)
	}
	flows := make([]*flow.Flow, 0, n)
	for range n {
		step := r.Uint()
		if step == 0 || step > last-after {
			return nil, fmt.Errorf("%w: number of a flow", ErrMalformed)
		}
		after += step
		rec := r.Bytes()
		if r.Err() != nil {
			return nil, fmt.Errorf("%w: size of a flow", ErrMalformed)
		}
		f := new(flow.Flow)
		switch err := f.UnmarshalBinary(rec); {
		case errors.Is(err, flow.ErrVersion):
			return nil, fmt.Errorf("%w: %w", ErrVersion, err)
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		case f.ID == (flow.ID{}): // deletions name flows by it
			return nil, fmt.Errorf("%w: a flow has no identifier", ErrMalformed)
		}
		f.Seq, f.Last, f.Import = 0, flow.Seq(after), 0
		flows = append(flows, f)
	}
	if r.Rest() > 0 {
		return nil, fmt.Errorf("%w: bytes after the last flow", ErrMalformed)
	}
	return flows, nil
}

// block collects flows until it is full.
type block struct {
	after, last uint64
	n           int
	raw         []byte
	inSession   bool // a flow has a session
	sessions    []store.Session
	nudge       uint64 // the newest call of Wait before the block was closed
}

// add adds a flow, and reports whether it fits. An empty block takes any flow.
func (b *block) add(f *flow.Flow) (bool, error) {
	if b.n == MaxFlows {
		return false, nil
	}
	grown, err := raw(b.raw, f, max(b.after, b.last))
	if err != nil {
		return false, err
	}
	if b.n > 0 && len(grown) > 4*MaxData {
		return false, nil
	}
	b.raw, b.last, b.n = grown, uint64(f.Last), b.n+1
	b.inSession = b.inSession || f.Session != 0
	return true, nil
}

func (b *block) full() bool { return b.n == MaxFlows || len(b.raw) >= 4*MaxData }

// skip leaves a flow out; the block covers its number.
func (b *block) skip(f *flow.Flow) { b.last = uint64(f.Last) }
