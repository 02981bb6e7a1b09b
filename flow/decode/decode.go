// Package decode undoes the content encoding and charset of a body, and reads XML, YAML, JSON lines
// and server-sent events. Read decode.go first.
//
// Captured bodies are stored as sent. [Bytes] undoes the Content-Encoding, and [Body] also converts
// the charset to UTF-8. Both support the encodings in common use: gzip, deflate (with and without
// its zlib wrapper), br and zstd, in any letter case and stacked.
//
// Output is bounded: if a body decodes to more than the limit, its first bytes are returned as an
// incomplete body. So is the work between stacked encodings. A truncated body is decoded as far
// as possible. Nothing here checks that a body matches its media type, and no encoding is guessed
// without a header.
package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// DefaultMax is the limit on the output, in bytes, if the caller sets none: 64 MiB.
const DefaultMax = 64 << 20

// maxBetween bounds the bytes that the layers of stacked encodings pass to each other, in addition
// to twice the size of the data. Members of gzip, frames of zstd and blocks of deflate may be
// empty: without this bound, 100 KB in three layers are 13 GB of work for no output.
const maxBetween = 2 << 20

// otherCodings are codings that exist and are not undone: text in them is no plain text.
var otherCodings = lazyregexp.New(`(?i)compress|exi|pack200|aes|dc[bz]|base64|bz|xz|lz|snappy|sdch`)

// maxLayers bounds stacked encodings: more than two are not used in practice, and each one costs a
// decoder.
const maxLayers = 8

// ErrEncoding is the error for an unknown Content-Encoding.
var ErrEncoding = errors.New("unknown content encoding")

// Body returns the body without content encodings, and text in UTF-8 if its charset is known: from
// the charset parameter of Content-Type or, for text, from a byte order mark, which is dropped. It
// returns at most max bytes (max <= 0: [DefaultMax]). complete is false if bytes are missing at the
// end, because the recorder truncated the body or the limit was reached. If the data cannot be
// decoded, Body returns an error and the data before the fault (for [ErrEncoding], the undecoded
// body). Servers write names such as none or utf-8 that are no coding: an unknown one counts as
// none if the body without the others is text.
//
// data may share memory with b.Data: do not modify it.
func Body(h flow.Header, b flow.Body, max int64) (data []byte, complete bool, err error) {
	data, complete, err = Bytes(h, b, max)
	if err != nil {
		return data, complete, err
	}
	text, err := ToUTF8(h.Get("Content-Type"), data, complete)
	if err != nil {
		return data, complete, err
	}
	if max = limit(max); int64(len(text)) > max {
		return trimRune(text[:max]), false, nil
	}
	return text, complete, nil
}

// Bytes is [Body] without the charset conversion: the bytes of the representation.
func Bytes(h flow.Header, b flow.Body, max int64) (data []byte, complete bool, err error) {
	max = limit(max)
	layers, unknown := Encodings(h)
	if unknown != nil && !otherCodings.MatchString(strings.Join(h.Values("Content-Encoding"), ",")) {
		defer func() {
			if err != nil || !IsPlainText("", data) {
				data, complete, err = b.Data, false, unknown
			}
		}()
	} else if unknown != nil {
		return b.Data, false, unknown
	}
	complete = !b.Truncated
	if len(layers) == 0 || len(b.Data) == 0 {
		if int64(len(b.Data)) > max {
			return b.Data[:max], false, nil
		}
		return b.Data, complete, nil
	}
	data, cut, err := undo(layers, b.Data, max)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		cut = true
		if b.Truncated {
			err = nil // the rest was not recorded
		}
	}
	if err != nil {
		return data, false, fmt.Errorf("decode %s body: %w", strings.Join(layers, ", "), err)
	}
	return data, complete && !cut, nil
}

// Encodings returns the content encodings of a message in the order of their application, in lower
// case and without identity. If there are unknown ones, it returns the others and [ErrEncoding].
func Encodings(h flow.Header) (out []string, err error) {
	for _, line := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			switch name {
			case "", "identity":
			case "gzip", "x-gzip", "deflate", "br", "zstd":
				out = append(out, name)
			default:
				err = fmt.Errorf("%w %q", ErrEncoding, name)
			}
		}
	}
	if len(out) > maxLayers {
		return nil, fmt.Errorf("%w: %d layers", ErrEncoding, len(out))
	}
	return out, err
}

// undo decodes data through all layers, the last applied first. cut reports whether the output
// exceeds max.
func undo(layers []string, data []byte, max int64) (out []byte, cut bool, err error) {
	m := &meter{remaining: maxBetween + 2*int64(len(data))}
	r := io.Reader(bytes.NewReader(data))
	for i := len(layers) - 1; i >= 0; i-- {
		if i < len(layers)-1 {
			r = &metered{r, m}
		}
		var done func()
		r, done, err = newReader(layers[i], r)
		if err != nil {
			return nil, m.isOver, m.errorOf(err)
		}
		defer done()
	}
	var buf bytes.Buffer
	buf.Grow(int(min(4*int64(len(data)), max, 1<<20)))
	n, err := io.Copy(&buf, io.LimitReader(r, max+1))
	out = buf.Bytes()
	if n > max {
		return out[:max], true, nil
	}
	return out, m.isOver, m.errorOf(err)
}

// meter counts what all layers but the last one to be undone return.
type meter struct {
	remaining int64
	isOver    bool
}

// errorOf returns nil for the error of a decoder whose input was cut by the meter.
func (m *meter) errorOf(err error) error {
	if m.isOver {
		return nil
	}
	return err
}

// metered ends when its meter is used up.
type metered struct {
	r io.Reader
	m *meter
}

func (r *metered) Read(p []byte) (int, error) {
	if r.m.remaining <= 0 {
		r.m.isOver = true
		return 0, io.ErrUnexpectedEOF
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.m.remaining)])
	r.m.remaining -= int64(n)
	return n, err
}

// Decoders are expensive to create (40 KB for gzip, more for zstd) and reusable.
var (
	gzips sync.Pool
	zstds sync.Pool
)

// newReader returns a reader that undoes one encoding, and a function to call after its last use.
func newReader(encoding string, r io.Reader) (io.Reader, func(), error) {
	none := func() {}
	switch encoding {
	case "gzip", "x-gzip":
		z, ok := gzips.Get().(*gzip.Reader)
		if !ok {
			z = new(gzip.Reader)
		}
		if err := z.Reset(r); err != nil {
			return nil, none, unexpectedEOF(err)
		}
		return gzipReader{z}, func() { gzips.Put(z) }, nil
	case "deflate":
		d, err := newDeflate(r)
		return d, none, err
	case "br":
		return brotli.NewReader(r), none, nil
	case "zstd":
		z, ok := zstds.Get().(*zstd.Decoder)
		if !ok {
			var err error
			// One goroutine; windows of 32 MiB, more than browsers allow (RFC 9659: 8 MiB).
			z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20))
			if err != nil {
				return nil, none, err
			}
		}
		if err := z.Reset(r); err != nil {
			return nil, none, unexpectedEOF(err)
		}
		return z, func() {
			if z.Reset(nil) == nil {
				zstds.Put(z)
			}
		}, nil
	}
	return nil, none, fmt.Errorf("%w %q", ErrEncoding, encoding)
}

// newDeflate reads both formats that are called deflate: the zlib format (RFC 9110) and the bare
// DEFLATE stream that some servers send instead.
func newDeflate(r io.Reader) (io.Reader, error) {
	var head [2]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil {
		return nil, unexpectedEOF(err)
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	// RFC 1950: the low bits hold method 8, and the two bytes are a multiple of 31.
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		z, err := zlib.NewReader(r)
		return z, unexpectedEOF(err)
	}
	return flate.NewReader(r), nil
}

// unexpectedEOF turns the end of the input within its header into io.ErrUnexpectedEOF.
func unexpectedEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// gzipReader ends after the last member and ignores the data that follows, mostly padding, as
// browsers do.
type gzipReader struct{ *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err == gzip.ErrHeader {
		err = io.EOF
	}
	return n, err
}

func limit(max int64) int64 {
	if max <= 0 {
		return DefaultMax
	}
	return max
}
