package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// token is one token of a body: names, scalars and the beginnings of containers.
type token struct {
	kind  byte   // jsontext's: n t f " 0 { [
	esc   bool   // a string with escapes
	open  bool   // a container that the cut left open
	start uint32 // offset of a name or scalar
	end   uint32 // offset of its end; of a container the index of the token after it
}

// errMore refuses bodies of several values.
var errMore = errors.New("read JSON: more than one value")

// errTooLarge refuses bodies beyond what offsets of 32 bits reach.
var errTooLarge = errors.New("body larger than 2 GiB")

// maxScratch bounds the tokens that a reader keeps room for between bodies: 1 MiB of them.
const maxScratch = 1 << 16

// largeBody is the size from which a body's tokens are counted first.
const largeBody = 1 << 19

// Reader adds bodies to facts. It is nothing but memory that is used again from one body to the next: any facts may
// share one. The zero value is ready.
type Reader struct {
	decoder *jsontext.Decoder
	input   bytes.Buffer
	tape    []token
	stack   []uint32 // indices of open containers
	fold    fold
}

// read turns a body into tokens. A cut body gives those of its prefix, without the value that the cut
// went through. What follows the first value must be white space.
func (r *Reader) read(data []byte, complete bool) error {
	if len(data) > 1<<31 {
		return errTooLarge
	}
	if len(data) > largeBody { // its tokens weigh more than it does: no more room than they need
		r.tape = make([]token, 0, 1+countAny(data, ",:{["))
	}
	if complete {
		var ok bool
		if r.tape, r.stack, ok = scan(data, r.tape[:0], r.stack[:0]); ok {
			return nil
		}
	}
	r.decoding(data)
	var err error
	r.tape, r.stack, err = tokens(r.decoder, data, r.tape[:0], r.stack[:0])
	if err == errMore || err == io.EOF && len(r.stack) == 0 && len(r.tape) > 0 {
		return noEOF(err)
	}
	if complete {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read JSON: %w", offset(err))
	}
	r.tape = cut(r.tape, r.stack, len(data))
	return nil
}

// decoding makes the decoder read data.
func (r *Reader) decoding(data []byte) *jsontext.Decoder {
	r.input = *bytes.NewBuffer(data)
	if r.decoder == nil {
		r.decoder = new(jsontext.Decoder)
	}
	r.decoder.Reset(&r.input, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return r.decoder
}

func noEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// countAny counts the bytes of data that are among these.
func countAny(data []byte, these string) (n int) {
	for i := range these {
		n += bytes.Count(data, []byte(these[i:i+1]))
	}
	return n
}

// tokens reads to the end, or to what is wrong. It returns also which containers are open there.
func tokens(d *jsontext.Decoder, data []byte, tape []token, stack []uint32) ([]token, []uint32, error) {
	end, esc := 0, firstBackslash(data, 0)
	for {
		if _, err := d.ReadToken(); err != nil {
			return tape, stack, err
		}
		start := end
		for data[start] <= ' ' || data[start] == ',' || data[start] == ':' { // what stands between tokens
			start++
		}
		end = int(d.InputOffset())
		k := data[start]
		if k == '}' || k == ']' {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			tape[i].open, tape[i].end = false, uint32(len(tape))
			continue
		}
		if len(stack) == 0 && len(tape) > 0 {
			return tape, stack, errMore
		}
		if len(tape) == cap(tape) {
			tape = slices.Grow(tape, 64)
		}
		tape = tape[:len(tape)+1]
		t := &tape[len(tape)-1] // in place: a copy would wait for its parts
		t.kind, t.esc, t.open, t.start, t.end = k, false, false, uint32(start), uint32(end)
		switch {
		case k == '"':
			if end > esc {
				t.esc, esc = true, firstBackslash(data, end)
			}
		case k == '{' || k == '[':
			stack = append(stack, uint32(len(tape)-1))
			t.open = true
		case k <= '9':
			t.kind = '0'
		}
	}
}

// firstBackslash is where the first one is from i on; at the end when there is none.
func firstBackslash(data []byte, i int) int {
	if j := bytes.IndexByte(data[i:], '\\'); j >= 0 {
		return i + j
	}
	return len(data)
}

// forget lets go of the last body, and of memory that only a huge one needs.
func (r *Reader) forget() {
	r.input = bytes.Buffer{}
	if cap(r.tape) > maxScratch {
		r.tape, r.decoder = nil, nil
	}
	r.fold.forget()
}

// offset strips an error of the text around it, which may hold values.
func offset(err error) error {
	var s *jsontext.SyntacticError
	if errors.As(err, &s) {
		return fmt.Errorf("syntax error at byte %d", s.ByteOffset)
	}
	return err
}

// cut closes what is open at the end of a cut body. A number or name that ends with the body may be half
// of one.
func cut(tape []token, stack []uint32, size int) []token {
	if n := len(tape); n > 0 && tape[n-1].kind == '0' && int(tape[n-1].end) == size {
		tape = tape[:n-1]
	}
	for len(stack) > 0 && int(stack[len(stack)-1]) >= len(tape) {
		stack = stack[:len(stack)-1]
	}
	if len(stack) > 0 {
		if top := stack[len(stack)-1]; tape[top].kind == '{' {
			i := top + 1
			for int(i)+1 < len(tape) {
				i = skip(tape, i+1)
			}
			if int(i) < len(tape) { // a name without its value
				tape = tape[:i]
			}
		}
	}
	for _, i := range stack {
		tape[i].end = uint32(len(tape))
	}
	return tape
}

// skip returns the index after the value at i; containers still open end with the tape.
func skip(tape []token, i uint32) uint32 {
	switch t := &tape[i]; {
	case t.kind != '{' && t.kind != '[':
		return i + 1
	case t.open:
		return uint32(len(tape))
	default:
		return t.end
	}
}
