package mitmdump

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Limits.
const (
	maxLength = 12 // digits of a length, as in mitmproxy
	maxDepth  = 32 // of nested lists and dictionaries
)

var errSyntax = errors.New("malformed data")

// A value is nil, bool, int64, float64, string (for bytes, too), []any or map[string]any.

// readValue reads one typed netstring: LENGTH ":" DATA TYPE.
func readValue(r *bufio.Reader, max int64) (any, error) {
	n, err := readLength(r)
	if err != nil {
		return nil, err
	}
	if n > max {
		return nil, fmt.Errorf("larger than the limit for one flow, %d bytes", max)
	}
	// The buffer grows as data arrives, so a wrong length costs nothing.
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r, n); err != nil {
		return nil, unexpectedEOF(err)
	}
	kind, err := r.ReadByte()
	if err != nil {
		return nil, unexpectedEOF(err)
	}
	return parseValue(kind, buf.Bytes(), 0)
}

func unexpectedEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func readLength(r *bufio.Reader) (int64, error) {
	var n int64
	for i := 0; ; i++ {
		c, err := r.ReadByte()
		if err != nil {
			if i > 0 {
				err = unexpectedEOF(err)
			}
			return 0, err
		}
		if c == ':' && i > 0 {
			return n, nil
		}
		if c < '0' || c > '9' || i == maxLength {
			return 0, fmt.Errorf("%w: missing length", errSyntax)
		}
		n = n*10 + int64(c-'0')
	}
}

// parseValue parses the data of one value of the given type.
func parseValue(kind byte, data []byte, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: nested too deeply", errSyntax)
	}
	switch kind {
	case ',', ';':
		return string(data), nil
	case '#':
		n, err := strconv.ParseInt(string(data), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: not an integer", errSyntax)
		}
		return n, nil
	case '^':
		x, err := strconv.ParseFloat(string(data), 64)
		if err != nil {
			return nil, fmt.Errorf("%w: not a number", errSyntax)
		}
		return x, nil
	case '!':
		switch string(data) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	case '~':
		if len(data) == 0 {
			return nil, nil
		}
	case ']':
		return parseList(data, depth)
	case '}':
		return parseDict(data, depth)
	}
	return nil, fmt.Errorf("%w: unknown type", errSyntax)
}

func parseList(data []byte, depth int) (any, error) {
	var out []any
	for len(data) > 0 {
		v, rest, err := cutValue(data, depth)
		if err != nil {
			return nil, err
		}
		out, data = append(out, v), rest
	}
	return out, nil
}

func parseDict(data []byte, depth int) (any, error) {
	out := map[string]any{}
	for len(data) > 0 {
		k, rest, err := cutValue(data, depth)
		if err != nil {
			return nil, err
		}
		name, ok := k.(string)
		if !ok || len(rest) == 0 {
			return nil, fmt.Errorf("%w: dictionary key is not a string", errSyntax)
		}
		v, rest, err := cutValue(rest, depth)
		if err != nil {
			return nil, err
		}
		out[name], data = v, rest
	}
	return out, nil
}

// cutValue parses the value at the start of data.
func cutValue(data []byte, depth int) (v any, rest []byte, err error) {
	i := bytes.IndexByte(data[:min(len(data), maxLength+1)], ':')
	if i <= 0 {
		return nil, nil, fmt.Errorf("%w: missing length", errSyntax)
	}
	n, err := strconv.ParseUint(string(data[:i]), 10, 48)
	if err != nil || n >= uint64(len(data)-i-1) {
		return nil, nil, fmt.Errorf("%w: wrong length", errSyntax)
	}
	data = data[i+1:]
	v, err = parseValue(data[n], data[:n], depth+1)
	return v, data[n+1:], err
}
