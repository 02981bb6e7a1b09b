package jsonrpc

import (
	"bufio"
	"bytes"
	"cmp"
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
	maxSize = cmp.Or(max(maxSize, 0), DefaultMaxMessage)
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

// next returns the next line that is not empty, without its end. A last line without a newline
// counts.
func (l *lines) next() ([]byte, error) {
	var text []byte
	for {
		part, err := l.reader.ReadSlice('\n')
		if len(text)+len(part) > l.maxSize {
			return nil, l.skip(append(text, part...), err)
		}
		text = append(text, part...)
		switch {
		case err == nil, len(text) > 0 && errors.Is(err, io.EOF):
			if text = bytes.TrimRight(text, "\r\n"); len(text) > 0 {
				return text, nil
			}
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
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
