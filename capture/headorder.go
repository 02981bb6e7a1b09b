package capture

// This file finds the order and case of header names in the bytes of HTTP/1 connections, which
// net/http does not keep.
//
// A [headConn] notes the headers that are read from it. [headLines] returns the lines of a header
// of net/http as they were sent, if they are those of the noted one.

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spectap/spectap/flow"
)

// headReader holds the newest header that was read from a connection. A nil Heads finds none. It is
// safe for concurrent use.
type headReader struct {
	responses bool // the messages are responses, one after each Resume

	mu   sync.Mutex // guards the fields below
	buf  []byte     // a header from its first line on; for requests also the bytes read after it
	end  int        // the length of the header with its empty line; 0 while it is incomplete
	read int        // lines of the incomplete header
	long bool       // the incomplete header is too large to be kept; buf has its last bytes
	pass bool       // the long header is informational: another one follows
	skip int64      // bytes of a body to ignore
	off  bool       // no header is expected

	waiting atomic.Bool // net/http has read a header that was not taken

	// unsure says that net/http may have read a part of a header before Resume was called.
	unsure bool
}

// maxHead is the size of the largest header whose order is kept, in bytes. Servers and browsers
// refuse headers of a few times that.
const maxHead = 64 << 10

// maxKeptHead is the largest capacity of a buffer that is kept for the next header.
const maxKeptHead = 16 << 10

// maxLines bounds the lines of a header. net/http makes a map of them, which takes up to eight
// times the size of a header with many names.
const maxLines = 10_000

// errManyLines is the error of a connection on which a header has more lines.
var errManyLines = fmt.Errorf("the header has more than %d lines", maxLines)

// note notes bytes that were read from the connection.
func (h *headReader) note(p []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(h.skip, int64(len(p)))
	h.skip -= n
	if p = p[n:]; h.off || len(p) == 0 || h.responses && h.end > 0 {
		return nil
	}
	from := max(0, len(h.buf)-3)
	h.buf = append(h.buf, p...)
	if h.end == 0 {
		h.find(from)
	}
	switch {
	case h.off:
	case bytes.HasPrefix(h.buf, []byte("PRI * HTTP/2.0")) || h.end > 0 && len(h.buf) > maxHead+maxKeptHead:
		h.buf, h.end, h.off = nil, 0, true
	case h.end == 0:
		if h.read += bytes.Count(p, []byte("\n")); h.read > maxLines {
			h.buf, h.off = nil, true
			return errManyLines
		}
		h.drop()
	}
	return nil
}

// drop keeps only the bytes that are needed to find the end of a header that is too large.
func (h *headReader) drop() {
	if !h.long && len(h.buf) > maxHead {
		h.long, h.pass = true, h.responses && isInformational(h.buf)
	}
	if h.long {
		h.buf = bytes.Clone(h.buf[max(0, len(h.buf)-3):])
	}
}

// find looks for the end of a header. Informational responses are not recorded, so their headers
// are dropped.
func (h *headReader) find(from int) {
	for {
		i := bytes.Index(h.buf[from:], []byte("\r\n\r\n"))
		if i < 0 {
			return
		}
		h.end, h.read = from+i+4, 0
		switch {
		case h.long && !h.pass:
			h.buf, h.end, h.off, h.long = nil, 0, true, false
			return
		case !h.long && (!h.responses || !isInformational(h.buf)):
			return
		}
		h.buf = h.buf[:copy(h.buf, h.buf[h.end:])]
		h.end, from, h.long = 0, 0, false
	}
}

// isInformational reports whether a response has a status below 200, except 101.
func isInformational(head []byte) bool {
	_, status, _ := bytes.Cut(head, []byte(" "))
	return len(status) > 3 && status[0] == '1' && !bytes.HasPrefix(status, []byte("101"))
}

// Take returns the header that was read, or "" if it is unknown. The next header is expected after
// a body of n bytes, or after Resume if n is negative or the messages are responses.
func (h *headReader) Take(n int64) (head string) {
	if h == nil {
		return ""
	}
	h.waiting.Store(false)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.off {
		return ""
	}
	head = string(h.buf[:h.end])
	rest := h.buf[h.end:]
	if n < 0 || h.responses {
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

// refused returns the header, or as much of it as is known, of a request that was not taken.
func (h *headReader) refused() string {
	if !h.waiting.Swap(false) {
		return ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end > 0 {
		return string(h.buf[:h.end])
	}
	return string(h.buf)
}

// Resume expects a header from here on.
func (h *headReader) Resume() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf, h.end, h.skip, h.off = h.buf[:0], 0, 0, false
	h.read, h.long = 0, false
	h.unsure = !h.responses
}

// begins reports whether a header begins with the next byte that is noted. Of a request, net/http
// may have read one byte already, to see whether the client leaves.
func (h *headReader) begins() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.off && !h.unsure && !h.long && h.end == 0 && h.skip == 0 && (len(h.buf) == 0 || len(h.buf) == 1 && !h.responses)
}

// headConn notes the headers that are read from a connection, beginning with a request, and mends
// them.
type headConn struct {
	net.Conn
	Heads headReader
	ahead []byte // the next bytes for net/http
}

// aheadSize is the size of the first read from a client, in bytes. net/http first reads the 14
// bytes of which it recognizes HTTP/2, and then takes all the others before it calls a handler,
// which may take over the connection below.
const aheadSize = 2 << 10

func (c *headConn) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	responses, b, room := c.Heads.responses, p, 0
	if !responses && len(p) > 1 && c.Heads.begins() {
		if room = 2 * maxEscapes; len(p) <= 16*room {
			b = make([]byte, aheadSize)
		}
	}
	n, err := c.Conn.Read(b[:len(b)-room])
	if n == 0 {
		return n, err
	}
	begins := c.Heads.begins()
	if responses && begins {
		// A header in several packets is read completely. One that is larger than p is not
		// repaired.
		for k := 0; err == nil && n < len(p) && isHTTP1(p[:n]) && headEnd(p[:n]) == 0; n += k {
			k, err = c.Conn.Read(p[n:])
		}
	}
	if err := c.Heads.note(b[:n]); err != nil {
		return 0, err
	}
	if begins {
		n = len(mend(b[:n:len(b)], responses))
	}
	if len(b) == len(p) {
		return n, err
	}
	k := copy(p, b[:n])
	c.ahead = b[k:n] // the next read meets err again
	return k, nil
}

// isHTTP1 reports whether b may begin a response of HTTP/1.
func isHTTP1(b []byte) bool {
	const version = "HTTP/1."
	return strings.HasPrefix(version, string(b[:min(len(b), len(version))]))
}

// NetConn returns the connection that the headers are read from.
func (c *headConn) NetConn() net.Conn { return c.Conn }

// CloseWrite closes the writing half of the connection.
func (c *headConn) CloseWrite() error { return closeWrite(c.Conn) }

// newResponseConn returns a connection to a server. It notes the header of one response after each
// call of Resume.
func newResponseConn(c net.Conn) *headConn {
	return &headConn{Conn: c, Heads: headReader{responses: true, off: true}}
}

// maxSameName bounds the lines of one name in a header that is recorded in order.
const maxSameName = 32

// headLines returns the lines of h in the order and case of head, or sorted if h was not read from
// head. Unless host is "", it has a line for it: where head has one, or else first.
func headLines(head string, h http.Header, host string) flow.Header {
	out, ok := linesIn(head, h, host)
	if ok {
		return out
	}
	out = flow.HeaderOf(h)
	if host != "" {
		out = slices.Insert(out, 0, flow.Field{Name: "Host", Value: host})
	}
	return out
}

// linesIn returns the lines of head that are in h, and that of host. ok is false if others are
// missing.
func linesIn(head string, h http.Header, host string) (out flow.Header, ok bool) {
	missing := -len(h["Content-Length"])
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
		name, value, named := strings.Cut(line, ":")
		name, value = strings.TrimRight(name, " \t"), strings.Trim(value, " \t")
		canonical := name
		values, ok := h[name]
		if !ok {
			canonical = textproto.CanonicalMIMEHeaderKey(name)
			values = h[canonical]
		}
		switch {
		case len(values) > maxSameName:
			return nil, false
		case canonical == "Content-Length" && len(values) > 0: // one of equal ones
		case slices.Contains(values, value):
			missing--
		case canonical == "Host" && host != "":
			value, host = host, ""
		case canonical == "Host", canonical == "Transfer-Encoding", canonical == "Trailer", canonical == "Content-Length":
			continue // net/http keeps them elsewhere
		case strings.TrimLeft(line, " \t") != line, isToken([]byte(name)):
			return nil, false
		}
		if named && name != "" { // else net/http did not get it
			out = append(out, flow.Field{Name: name, Value: value})
		}
	}
	if missing == 1 && h["Pragma"] != nil && len(h["Cache-Control"]) == 1 && !out.Has("Cache-Control") { // net/http added it
		missing = 0
	}
	return out, missing == 0 && host == ""
}

// hostLine returns the value of the Host line in a head, or "".
func hostLine(head string) string {
	_, lines, _ := strings.Cut(strings.TrimLeft(head, "\r\n"), "\r\n")
	for line := range strings.SplitSeq(lines, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "Host") {
			return strings.Trim(value, " \t")
		}
	}
	return ""
}

// netNames are the fields that net/http reads from a header that it sends, by these names.
var netNames = map[string]bool{"Host": true, "Connection": true, "Content-Length": true, "Transfer-Encoding": true,
	"Trailer": true, "Upgrade": true, "Expect": true, "Te": true}

// asSpelled gives the names in h the case of the lines that were sent. Fields that others have
// added keep theirs.
func asSpelled(h http.Header, sent flow.Header) {
	for _, f := range sent {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		if values := h[name]; name != f.Name && len(values) > 0 && values[0] != "" && !netNames[name] {
			delete(h, name)
			h[f.Name] = values
			switch name {
			case "Date", "Content-Type": // net/http would add them to a response
				h[name] = nil
			case "User-Agent":
				h[name] = []string{""}
			}
		}
	}
}

// lowerNames returns h with the names that HTTP/2 has.
func lowerNames(h flow.Header) flow.Header {
	for i := range h {
		h[i].Name = strings.ToLower(h[i].Name)
	}
	return h
}
