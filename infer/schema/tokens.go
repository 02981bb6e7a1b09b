package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// token is one token of a body: a name, a scalar or the start of a container.
type token struct {
	kind       byte   // as in jsontext: n t f " 0 { [; also s for bare text and b for a file
	hasEscapes bool   // a string with escapes
	isOpen     bool   // a container that the truncation left open
	start      uint32 // offset of a name or scalar
	end        uint32 // offset of its end; of a container, the index of the token after it
}

// errSeveralValues is the error for bodies of several values.
var errSeveralValues = errors.New("read JSON: more than one value")

// errManyTokens is the error for bodies of more than maxTokens.
var errManyTokens = errors.New("read JSON: too many values")

// errTooLarge is the error for bodies whose offsets do not fit 32 bits.
var errTooLarge = errors.New("body larger than 2 GiB")

// maxRetainedTokens is how many tokens a Reader keeps allocated between bodies: 1 MiB of them.
const maxRetainedTokens = 1 << 16

// maxTokens bounds the tokens of a body: 24 MiB of them. Of a body with more, the first are read as
// if it were truncated behind them.
const maxTokens = 1 << 21

// largeBodySize is the size from which the tokens of a body are counted before allocating.
const largeBodySize = 1 << 19

// Reader adds bodies to facts. It holds only memory that is reused from one body to the next, so
// one Reader can serve any number of Facts. The zero value is ready. It must not be used
// concurrently.
type Reader struct {
	decoder        *jsontext.Decoder
	input          bytes.Buffer
	tokens         []token
	openContainers []uint32 // indices of open containers
	isPartial      bool     // the last body has more tokens
	accumulator    accumulator
}

// readTokens turns a body into tokens. For a truncated body it returns the tokens of the prefix,
// without the value that the truncation divides. Only white space may follow the first value.
// isComplete reports whether the tokens are those of a complete body; r.isPartial, whether the body
// has more than maxTokens.
func (r *Reader) readTokens(data []byte, complete bool) (isComplete bool, err error) {
	r.isPartial = false
	if len(data) > 1<<31 {
		return false, errTooLarge
	}
	if len(data) > largeBodySize { // tokens take more memory than the body: allocate no more than needed
		r.tokens = make([]token, 0, min(1+countBytes(data, ",:{["), maxTokens))
	}
	if complete {
		var ok bool
		if r.tokens, r.openContainers, ok = scanTokens(data, r.tokens[:0], r.openContainers[:0]); ok {
			return true, nil
		}
	}
	r.resetDecoder(data)
	r.tokens, r.openContainers, err = decodeTokens(r.decoder, data, r.tokens[:0], r.openContainers[:0])
	switch {
	case err == errManyTokens:
		r.isPartial = true
	case err == errSeveralValues || err == io.EOF && len(r.openContainers) == 0 && len(r.tokens) > 0:
		return complete, ignoreEOF(err)
	case complete:
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return false, fmt.Errorf("read JSON: %w", stripText(err))
	}
	r.tokens = closeTruncated(r.tokens, r.openContainers, len(data))
	return false, nil
}

// resetDecoder makes the decoder read data.
func (r *Reader) resetDecoder(data []byte) *jsontext.Decoder {
	r.input = *bytes.NewBuffer(data)
	if r.decoder == nil {
		r.decoder = new(jsontext.Decoder)
	}
	r.decoder.Reset(&r.input, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return r.decoder
}

// ignoreEOF returns err, or nil for io.EOF.
func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// countBytes counts the bytes of data that occur in these.
func countBytes(data []byte, these string) (n int) {
	for i := range these {
		n += bytes.Count(data, []byte(these[i:i+1]))
	}
	return n
}

// decodeTokens reads tokens up to the end or the first error. It also returns the containers that
// are open there.
func decodeTokens(d *jsontext.Decoder, data []byte, tokens []token, open []uint32) ([]token, []uint32, error) {
	end, nextEscape := 0, firstBackslash(data, 0)
	for {
		if _, err := d.ReadToken(); err != nil {
			return tokens, open, err
		}
		start := end
		for data[start] <= ' ' || data[start] == ',' || data[start] == ':' { // skip what separates tokens
			start++
		}
		end = int(d.InputOffset())
		k := data[start]
		if k == '}' || k == ']' {
			i := open[len(open)-1]
			open = open[:len(open)-1]
			tokens[i].isOpen, tokens[i].end = false, uint32(len(tokens))
			continue
		}
		if len(open) == 0 && len(tokens) > 0 {
			return tokens, open, errSeveralValues
		}
		if len(tokens) == maxTokens {
			return tokens, open, errManyTokens
		}
		if len(tokens) == cap(tokens) {
			tokens = slices.Grow(tokens, 64)
		}
		tokens = tokens[:len(tokens)+1]
		t := &tokens[len(tokens)-1] // fill in place: copying the struct would stall on its fields
		t.kind, t.hasEscapes, t.isOpen, t.start, t.end = k, false, false, uint32(start), uint32(end)
		switch {
		case k == '"':
			if end > nextEscape {
				t.hasEscapes, nextEscape = true, firstBackslash(data, end)
			}
		case k == '{' || k == '[':
			open = append(open, uint32(len(tokens)-1))
			t.isOpen = true
		case k <= '9':
			t.kind = '0'
		}
	}
}

// firstBackslash returns the index of the first backslash from i on, or len(data) if there is none.
func firstBackslash(data []byte, i int) int {
	if j := bytes.IndexByte(data[i:], '\\'); j >= 0 {
		return i + j
	}
	return len(data)
}

// release drops all references to the last body, and memory that only a huge body needs.
func (r *Reader) release() {
	r.input = bytes.Buffer{}
	if cap(r.tokens) > maxRetainedTokens {
		r.tokens, r.decoder = nil, nil
	}
	r.accumulator.release()
}

// stripText removes the surrounding text from a syntax error, because it may hold values.
func stripText(err error) error {
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("syntax error at byte %d", s.ByteOffset)
	}
	return err
}

// closeTruncated closes the containers that are open at the end of a truncated body. It drops a
// number or name that ends with the body, because it may be incomplete.
func closeTruncated(tokens []token, open []uint32, size int) []token {
	if n := len(tokens); n > 0 && tokens[n-1].kind == '0' && int(tokens[n-1].end) == size {
		tokens = tokens[:n-1]
	}
	for len(open) > 0 && int(open[len(open)-1]) >= len(tokens) {
		open = open[:len(open)-1]
	}
	if len(open) > 0 {
		if top := open[len(open)-1]; tokens[top].kind == '{' {
			i := top + 1
			for int(i)+1 < len(tokens) {
				i = nextValue(tokens, i+1)
			}
			if int(i) < len(tokens) { // a name without its value
				tokens = tokens[:i]
			}
		}
	}
	for _, i := range open {
		tokens[i].end = uint32(len(tokens))
	}
	return tokens
}

// nextValue returns the index after the value at i. Containers that are still open end with the
// tokens.
func nextValue(tokens []token, i uint32) uint32 {
	switch t := &tokens[i]; {
	case t.kind != '{' && t.kind != '[':
		return i + 1
	case t.isOpen:
		return uint32(len(tokens))
	default:
		return t.end
	}
}
