package har

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow/exchange"
)

// entryLimiter is a reader that fails after left bytes.
type entryLimiter struct {
	r    io.Reader
	left int64
	max  int64 // for the error
	err  error // of reading, because the decoder wraps it
}

// ErrTooLarge is the error for an entry over ReadConfig.MaxEntry, or of too many JSON values.
var ErrTooLarge = errors.New("larger than the limit for one entry")

func (m *entryLimiter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.err = fmt.Errorf("%w, %d bytes", ErrTooLarge, m.max)
		return 0, m.err
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

// plain returns the error of an entry as one of the file: nothing can be read after it.
func plain(e *EntryError) error { return fmt.Errorf("entry %d: %w", e.Entry, e.Err) }

// maxSkipped bounds the size of an entry that can be skipped, as a multiple of the limit for one
// that can be read: a small compressed file can hold terabytes.
const maxSkipped = 16

// skipEntry skips the rest of an entry that exceeded the limit while dec read it, and returns a
// decoder of the entries after it. It holds no more of the entry than dec does.
func (r *Reader) skipEntry(dec *jsontext.Decoder) (*jsontext.Decoder, error) {
	var end valueEnd
	unread := dec.UnreadBuffer()
	at := r.base + dec.InputOffset() + int64(len(unread)) // in the file
	rest, ok := end.find(unread)
	buf := make([]byte, 64<<10)
	for skipped := int64(0); !ok; {
		if skipped > (maxSkipped-1)*r.cfg.MaxEntry {
			return nil, fmt.Errorf("it has more than %d bytes", maxSkipped*r.cfg.MaxEntry)
		}
		n, err := r.in.r.Read(buf)
		skipped, at = skipped+int64(n), at+int64(n)
		if rest, ok = end.find(buf[:n]); ok {
			break
		}
		if err == io.EOF {
			return nil, exchange.ErrCut
		}
		if err != nil {
			return nil, err
		}
	}
	// The decoder of the rest needs to be in an array again.
	const head = `{"log":{"entries":[`
	in := &commaSkipper{r: io.MultiReader(bytes.NewReader(bytes.Clone(rest)), r.in.r)}
	r.base = at - int64(len(rest)+len(head))
	r.in = &entryLimiter{r: io.MultiReader(bytes.NewReader([]byte(head)), in), max: r.cfg.MaxEntry}
	dec = jsontext.NewDecoder(r.in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return dec, r.findEntries(dec)
}

// valueEnd finds the end of a JSON value in a text that comes in pieces. The value is an object,
// array or string: others are short.
type valueEnd struct {
	depth    int
	inString bool
	escaped  bool // the next character of a string
}

// find returns the data behind the value in this piece. ok is false if the value continues after
// the piece.
func (e *valueEnd) find(data []byte) (rest []byte, ok bool) {
	for i, c := range data {
		switch {
		case e.escaped:
			e.escaped = false
		case e.inString:
			e.escaped, e.inString = c == '\\', c != '"'
			if !e.inString && e.depth == 0 {
				return data[i+1:], true
			}
		case c == '"':
			e.inString = true
		case c == '{', c == '[':
			e.depth++
		case c == '}', c == ']':
			if e.depth--; e.depth <= 0 {
				return data[i+1:], true
			}
		}
	}
	return nil, false
}

// commaSkipper replaces the comma at the start of what it reads by a blank.
type commaSkipper struct {
	r    io.Reader
	done bool
}

func (s *commaSkipper) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for i := 0; i < n && !s.done; i++ {
		switch p[i] {
		case ' ', '\t', '\r', '\n':
		case ',':
			p[i], s.done = ' ', true
		default:
			s.done = true
		}
	}
	return n, err
}
