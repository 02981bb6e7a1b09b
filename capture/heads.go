package capture

import (
	"bytes"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/flow"
)

// heads finds the headers of HTTP/1 messages in the bytes that are read from a connection, because
// net/http keeps neither the order of names nor their case. A nil heads finds none.
type heads struct {
	responses bool // the messages are responses, one after each resume

	mu   sync.Mutex // guards the fields below
	buf  []byte     // a header from its first line on, and for requests what was read after it
	end  int        // the length of the header with its empty line; 0 while it is incomplete
	skip int64      // bytes of a body to ignore
	off  bool       // no header is expected
}

// maxKeptHead is the largest capacity of a buffer that is kept for the next header.
const maxKeptHead = 16 << 10

// read notes bytes that were read from the connection.
func (h *heads) read(p []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(h.skip, int64(len(p)))
	h.skip -= n
	if p = p[n:]; h.off || len(p) == 0 || h.responses && h.end > 0 {
		return
	}
	from := max(0, len(h.buf)-3)
	h.buf = append(h.buf, p...)
	if h.end == 0 {
		h.find(from)
	}
	if len(h.buf) > maxHeaderBytes+maxKeptHead || bytes.HasPrefix(h.buf, []byte("PRI * HTTP/2.0")) {
		h.buf, h.end, h.off = nil, 0, true
	}
}

// find looks for the end of a header. Informational responses are not recorded, so their headers
// are dropped.
func (h *heads) find(from int) {
	for {
		i := bytes.Index(h.buf[from:], []byte("\r\n\r\n"))
		if i < 0 {
			return
		}
		h.end = from + i + 4
		if !h.responses || !isInformational(h.buf) {
			return
		}
		h.buf = h.buf[:copy(h.buf, h.buf[h.end:])]
		h.end, from = 0, 0
	}
}

// isInformational reports whether a response has a status below 200, except 101.
func isInformational(head []byte) bool {
	_, status, _ := bytes.Cut(head, []byte(" "))
	return len(status) > 3 && status[0] == '1' && !bytes.HasPrefix(status, []byte("101"))
}

// take returns the header that was read, or "" if it is not known. The next header is expected
// after a body of n bytes, or after resume if n is negative.
func (h *heads) take(n int64) (head string) {
	if h == nil {
		return ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.off {
		return ""
	}
	head = string(h.buf[:h.end])
	rest := h.buf[h.end:]
	if n < 0 {
		h.off, rest = true, nil
	} else {
		k := min(n, int64(len(rest)))
		h.skip, rest = n-k, rest[k:]
	}
	if cap(h.buf) > maxKeptHead {
		h.buf = nil
	}
	h.buf, h.end = append(h.buf[:0], rest...), 0
	h.find(0)
	return head
}

// resume expects a header from here on.
func (h *heads) resume() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf, h.end, h.skip, h.off = h.buf[:0], 0, 0, false
}

// headConn notes the headers that are read from a connection.
type headConn struct {
	net.Conn
	heads heads
}

func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heads.read(p[:n])
	}
	return n, err
}

// CloseWrite closes the writing half of the connection.
func (c *headConn) CloseWrite() error { return closeWrite(c.Conn) }

// withoutHeads returns the connection below a headConn.
func withoutHeads(c net.Conn) net.Conn {
	if h, ok := c.(*headConn); ok {
		return h.Conn
	}
	return c
}

// headListener accepts connections whose headers are noted.
type headListener struct{ net.Listener }

func (l headListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: c}, nil
}

// maxSameName bounds the lines of one name in a header that is recorded in order.
const maxSameName = 32

// inOrder returns the lines of h in the order and case of head, or sorted if h was not read from
// head. It begins with, or has at its place, a line for host, unless that is "".
func inOrder(head string, h http.Header, host string) flow.Header {
	out, ok := linesOf(head, h, host)
	if ok {
		return out
	}
	out = flow.HeaderOf(h)
	if host != "" {
		out = slices.Insert(out, 0, flow.Field{Name: "Host", Value: host})
	}
	return out
}

// linesOf returns the lines of head that are in h, and that of host. ok is false if others are
// missing.
func linesOf(head string, h http.Header, host string) (out flow.Header, ok bool) {
	missing := 0
	for _, values := range h {
		missing += len(values)
	}
	_, lines, ok := strings.Cut(strings.TrimLeft(head, "\r\n"), "\r\n")
	if !ok {
		return nil, false
	}
	out = make(flow.Header, 0, missing+1)
	for len(lines) > len("\r\n") {
		var line string
		line, lines, _ = strings.Cut(lines, "\r\n")
		name, value, _ := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch values := h[canonical]; {
		case len(values) > maxSameName:
			return nil, false
		case slices.Contains(values, value):
			missing--
		case canonical == "Host" && value == host:
			host = ""
		case canonical == "Host", canonical == "Transfer-Encoding", canonical == "Trailer", canonical == "Content-Length":
			continue // net/http keeps them elsewhere
		default:
			return nil, false
		}
		out = append(out, flow.Field{Name: name, Value: value})
	}
	if missing == 1 && h["Pragma"] != nil && !out.Has("Cache-Control") { // net/http added it
		missing = 0
	}
	return out, missing == 0 && host == ""
}

// lowerNames returns h with the names that HTTP/2 has.
func lowerNames(h flow.Header) flow.Header {
	for i := range h {
		h[i].Name = strings.ToLower(h[i].Name)
	}
	return h
}
