package capture

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
)

// scripted is a connection that one can only read from.
type scripted struct {
	net.Conn
	r io.Reader
}

func (c scripted) Read(p []byte) (int, error) { return c.r.Read(p) }

// Whatever a client sends first, it is told apart without a byte of it being lost, however it comes in pieces.
func FuzzSniff(f *testing.F) {
	for _, s := range []string{"\x16\x03\x01\x02\x00", "GET / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "G", "SSH-2.0-x\r\n", "\x00", "GETTING", "OPTIONSX"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, bytewise bool) {
		if len(data) == 0 {
			return
		}
		var r io.Reader = bytes.NewReader(data)
		if bytewise {
			r = iotest.OneByteReader(r)
		}
		c := &clientConn{Conn: scripted{r: r}}
		if err := c.fill(1); err != nil {
			t.Fatal(err)
		}
		kind := c.protocol()
		if tls := data[0] == 22; tls != (kind == speaksTLS) {
			t.Errorf("%q is protocol %d", data, kind)
		}
		method, _, spaced := bytes.Cut(data, []byte(" "))
		if kind == speaksHTTP && (!spaced || len(method) > 7) {
			t.Errorf("%q is protocol %d", data, kind)
		}
		got, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(got, data) {
			t.Errorf("%q reads %q, %v", data, got, err)
		}
	})
}
