package format

// This file encodes what the flows of a block of records have in common with a line of a listing:
// times, method, URL, status. A query for such properties reads the encoded block, a hundredth of
// the records.
//
// [AppendIndex] and [ReadIndex] are inverse for flows in the form of [flow.Flow.Brief].
// docs/format.md describes the bytes. Package store compresses them and keeps them in step with the
// records.

import (
	"encoding/binary"
	"errors"
	"iter"
	"time"

	"github.com/spectap/spectap/flow"
)

// IndexVersion is the first byte of a block. Blocks of other versions are not read.
const IndexVersion = 1

// MaxIndexFlows is the most flows in a block.
const MaxIndexFlows = 1024

// ErrMalformedIndex means that a block is malformed or of another version.
var ErrMalformedIndex = errors.New("malformed index block")

// Bits of a row.
const (
	isDone = 1 << iota
	hasResponse
	hasErr
	hasStart
	hasSession
	hasTags
)

// AppendIndex appends a block: the brief forms of n flows, whose Seq and Last ascend. It omits the
// import numbers, and keeps no flow.
func AppendIndex(b []byte, n uint64, flows iter.Seq[*flow.Flow]) []byte {
	b = binary.AppendUvarint(append(b, IndexVersion), n)
	w := writer{b: b, texts: map[string]uint64{}}
	var last flow.Seq
	var seconds int64
	for f := range flows {
		w.uint(uint64(f.Last - last))
		w.uint(uint64(f.Last - f.Seq))
		last = f.Last
		w.uint(bitsOf(f))
		if !f.Started.IsZero() {
			w.int(f.Started.Unix() - seconds)
			w.uint(uint64(f.Started.Nanosecond()))
			seconds = f.Started.Unix()
		}
		w.int(int64(f.Took))
		if f.Response != nil {
			w.int(int64(f.Response.Status))
		}
		w.word(f.Source)
		w.word(f.Request.Method)
		w.word(f.Request.Scheme)
		w.word(f.Request.Authority)
		w.text(f.Request.Path)
		w.text(f.Request.RawQuery)
		if f.Err != "" {
			w.text(f.Err)
		}
		if f.Session != 0 {
			w.uint(f.Session)
		}
		if len(f.Tags) > 0 {
			w.uint(uint64(len(f.Tags)))
			for _, t := range f.Tags {
				w.word(t)
			}
		}
	}
	return w.b
}

func bitsOf(f *flow.Flow) (bits uint64) {
	if f.Done {
		bits |= isDone
	}
	if f.Response != nil {
		bits |= hasResponse
	}
	if f.Err != "" {
		bits |= hasErr
	}
	if !f.Started.IsZero() {
		bits |= hasStart
	}
	if f.Session != 0 {
		bits |= hasSession
	}
	if len(f.Tags) > 0 {
		bits |= hasTags
	}
	return bits
}

// writer appends values to b.
type writer struct {
	b     []byte
	texts map[string]uint64 // numbers of the words so far, from 1
}

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// word writes a text that other rows share: its number, or 0 and the text at the first time.
func (w *writer) word(s string) {
	n, ok := w.texts[s]
	w.uint(n)
	if !ok {
		w.texts[s] = uint64(len(w.texts)) + 1
		w.text(s)
	}
}

// ReadIndex returns the flows of a block. They share its memory.
func ReadIndex(b []byte) ([]flow.Flow, error) {
	r := reader{b: string(b)}
	if len(b) == 0 || b[0] != IndexVersion {
		return nil, ErrMalformedIndex
	}
	r.at = 1
	n := r.uint()
	if r.bad || n > MaxIndexFlows {
		return nil, ErrMalformedIndex
	}
	flows := make([]flow.Flow, n)
	responses := make([]flow.Response, n)
	var last flow.Seq
	var seconds int64
	for i := range flows {
		f := &flows[i]
		step, older := r.uint(), r.uint()
		f.Last = last + flow.Seq(step)
		f.Seq = f.Last - flow.Seq(older)
		if f.Last <= last || f.Seq > f.Last || f.Seq == 0 {
			return nil, ErrMalformedIndex // they ascend
		}
		last = f.Last
		bits := r.uint()
		f.Done = bits&isDone != 0
		if bits&hasStart != 0 {
			seconds += r.int()
			f.Started = time.Unix(seconds, int64(r.uint()%1e9)).UTC()
		}
		f.Took = time.Duration(r.int())
		if bits&hasResponse != 0 {
			f.Response = &responses[i]
			f.Response.Status = int(r.int())
		}
		f.Source, f.Request.Method, f.Request.Scheme, f.Request.Authority = r.word(), r.word(), r.word(), r.word()
		f.Request.Path, f.Request.RawQuery = r.text(), r.text()
		if bits&hasErr != 0 {
			f.Err = r.text()
		}
		if bits&hasSession != 0 {
			f.Session = r.uint()
		}
		if bits&hasTags != 0 {
			f.Tags = r.tags()
		}
		if r.bad {
			return nil, ErrMalformedIndex
		}
	}
	if r.at != len(b) {
		return nil, ErrMalformedIndex
	}
	return flows, nil
}

// reader reads values from b. After an error it returns zeros, and bad is set.
type reader struct {
	b     string
	at    int
	words []string
	bad   bool
}

func (r *reader) uint() (v uint64) {
	for shift := 0; r.at < len(r.b) && shift < 64; shift += 7 {
		c := r.b[r.at]
		r.at++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader) int() int64 {
	v := r.uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *reader) text() string {
	n := r.uint()
	if n > uint64(len(r.b)-r.at) {
		r.bad = true
		return ""
	}
	s := r.b[r.at : r.at+int(n)]
	r.at += int(n)
	return s
}

func (r *reader) tags() (tags []string) {
	n := r.uint()
	for ; n > 0 && !r.bad; n-- {
		tags = append(tags, r.word())
	}
	return tags
}

func (r *reader) word() string {
	n := r.uint()
	switch {
	case n == 0 && !r.bad:
		s := r.text()
		r.words = append(r.words, s)
		return s
	case n > uint64(len(r.words)) || r.bad:
		r.bad = true
		return ""
	}
	return r.words[n-1]
}

// IsOfBlock reports whether flows, which ascend, have the local numbers of a block.
func IsOfBlock(flows []flow.Flow, number uint64) bool {
	return len(flows) == 0 ||
		uint64(flows[0].Last)/MaxIndexFlows == number && uint64(flows[len(flows)-1].Last)/MaxIndexFlows == number
}
