package jsonrpc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
)

// Lines returns a connection with a message on each line, as the stdio transport of MCP has it. A
// longer line than maxSize, in bytes, is skipped and refused; zero means [DefaultMaxMessage]. Close
// closes in, if it can be closed.
func Lines(in io.Reader, out io.Writer, maxSize int) Conn {
	if maxSize <= 0 {
		maxSize = DefaultMaxMessage
	}
	return &lines{in: in, reader: bufio.NewReaderSize(in, 64<<10), out: out, maxSize: maxSize}
}

type lines struct {
	in      io.Reader
	reader  *bufio.Reader
	maxSize int

	mu  sync.Mutex
	out io.Writer
}

func (l *lines) Receive() (Packet, error) {
	text, err := l.next()
	if err != nil {
		return Packet{}, err
	}
	m, err := Parse(text)
	return Packet{Message: m}, err
}

// next returns the next line that is not empty.
func (l *lines) next() ([]byte, error) {
	for {
		text, err := l.line()
		if err != nil || len(text) > 0 {
			return text, err
		}
	}
}

// line returns a line without its end, which may be empty. A last line without a newline counts.
func (l *lines) line() ([]byte, error) {
	var text []byte
	for {
		part, err := l.reader.ReadSlice('\n')
		if len(text)+len(part) > l.maxSize {
			return nil, l.skip(append(text, part...), err)
		}
		text = append(text, part...)
		switch {
		case err == nil:
			return trimEnd(text), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case len(text) > 0 && errors.Is(err, io.EOF):
			return trimEnd(text), nil
		default:
			return nil, err
		}
	}
}

func trimEnd(text []byte) []byte {
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return text
}

// idAtStart and idAtEnd find the id of a message of which only the ends are kept.
var (
	idAtStart = regexp.MustCompile(`^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*("[^"\\]*"|-?[0-9]+)\s*,`)
	idAtEnd   = regexp.MustCompile(`,\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*("[^"\\]*"|-?[0-9]+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$`)
)

// skip reads the rest of a line that is too long, of which head was read, and returns the error for
// it.
func (l *lines) skip(head []byte, err error) error {
	const kept = 1024
	start := append([]byte(nil), head[:min(len(head), kept)]...)
	end := append([]byte(nil), head[max(0, len(head)-kept):]...)
	for errors.Is(err, bufio.ErrBufferFull) {
		var part []byte
		part, err = l.reader.ReadSlice('\n')
		end = append(end, part...)
		end = append([]byte(nil), end[max(0, len(end)-kept):]...)
	}
	bad := &Malformed{Code: CodeInvalidRequest, Why: fmt.Sprintf("the message is larger than %d bytes", l.maxSize)}
	if m := idAtStart.FindSubmatch(start); m != nil {
		bad.ID = string(m[1])
	} else if m := idAtEnd.FindSubmatch(end); m != nil {
		bad.ID = string(m[1])
	}
	return bad
}

func (l *lines) Send(m *Message, _ Exchange) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.out.Write(append(m.Text[:len(m.Text):len(m.Text)], '\n'))
	return err
}

func (l *lines) Close() error {
	if c, ok := l.in.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
