package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"

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

// read turns a body into tokens. A cut body gives those of its prefix, without the value that the cut
// went through. What follows the first value must be white space.
func read(data []byte, complete bool) ([]token, error) {
	if len(data) > 1<<31 {
		return nil, errTooLarge
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	tape := make([]token, 0, bytes.Count(data, []byte{','})+bytes.Count(data, []byte{':'})+8)
	var stack []uint32
	var err error
	end := 0
	for {
		var tok jsontext.Token
		if tok, err = d.ReadToken(); err != nil {
			break
		}
		k := byte(tok.Kind())
		start := end
		end = int(d.InputOffset())
		if k == '}' || k == ']' {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			tape[i].open, tape[i].end = false, uint32(len(tape))
			continue
		}
		if len(tape) > 0 && len(stack) == 0 {
			return nil, errMore
		}
		if k == '{' || k == '[' {
			stack = append(stack, uint32(len(tape)))
			tape = append(tape, token{kind: k, open: true})
			continue
		}
		for data[start] <= ' ' || data[start] == ',' || data[start] == ':' { // what stands between tokens
			start++
		}
		t := token{kind: k, start: uint32(start), end: uint32(end)}
		if k == '"' {
			t.esc = bytes.IndexByte(data[start:end], '\\') >= 0
		}
		tape = append(tape, t)
	}
	if err == io.EOF && len(stack) == 0 && len(tape) > 0 {
		return tape, nil
	}
	if complete {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read JSON: %w", offset(err))
	}
	return cut(tape, stack, len(data)), nil
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
