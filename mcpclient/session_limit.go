package mcpclient

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/client/transport"
)

const (
	// maxMessage limits a message of a server, in bytes: a line on stdio, a response over HTTP, or
	// one event of a stream. The library has no limit. It also limits all pages of a list together,
	// and what a server sends while it waits for answers.
	maxMessage = 32 << 20
	// maxValues limits the JSON values of a message, each of which may take 100 bytes when decoded.
	maxValues = 1_000_000
	// maxItems limits the items of a list, such as tools.
	maxItems = 50_000
	// maxRequests limits the requests of the server that are not answered yet.
	maxRequests = 64
)

// limitError says which limit a server exceeded. An error is a limitError by identity.
type limitError struct{ text string }

func (e *limitError) Error() string { return e.text }

var (
	errTooLarge = &limitError{"the server sent a message of more than 32 MiB, the limit of this client: ask for less"}
	errValues   = &limitError{
		"the server sent a message of more than 1,000,000 JSON values, the limit of this client: ask for less"}
	errItems = &limitError{
		"the server lists more than 50,000 items or 32 MiB, the limit of this client: let it offer fewer"}
	errRequests = &limitError{
		"the server asked more than 64 questions, or 32 MiB of them, before one was answered: the connection was ended"}
)

// intake limits what the server of a session sends.
type intake struct {
	exceeded atomic.Pointer[limitError] // the last limit that ended a reader; the library may drop its error
	asked    atomic.Int64               // requests of the server that nobody has answered yet
	sending  atomic.Int64               // requests over HTTP whose response has not begun
}

// refuse notes why a reader ends.
func (in *intake) refuse(e *limitError) error {
	in.exceeded.Store(e)
	return e
}

// counted returns a handler that counts the requests which it has not answered.
func (in *intake) counted(h transport.RequestHandler) transport.RequestHandler {
	return func(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
		in.asked.Add(1)
		defer in.asked.Add(-1)
		return h(ctx, r)
	}
}

// limitReader fails when a message, or what the server sends before its requests are answered,
// exceeds a limit.
type limitReader struct {
	r      io.Reader
	in     *intake
	every  func(p []byte) (at int) // returns the index behind the last end of a message in p, or -1
	n      int                     // bytes of the present message
	behind int                     // bytes since no request of the server was open
	values valueCounter            // of the present message
}

// valueCounter counts the JSON values of a message, or a little less.
type valueCounter struct {
	n               int
	quoted, escaped bool
}

func (c *valueCounter) add(p []byte) {
	for _, b := range p {
		switch {
		case b == '\n', b == '\r': // strings have none, so that a comment in a stream hides no values
			c.quoted, c.escaped = false, false
		case c.escaped:
			c.escaped = false
		case c.quoted:
			c.escaped, c.quoted = b == '\\', b != '"'
		case b == '"':
			c.quoted = true
		case b == ',', b == '[', b == '{':
			c.n++
		}
	}
}

// endLine is a limitReader.every for messages that end with a line.
func endLine(p []byte) int {
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		return i + 1
	}
	return -1
}

// endNever is a limitReader.every for one message.
func endNever([]byte) int { return -1 }

// eventEnds returns a limitReader.every for server-sent events, which end with an empty line.
func eventEnds() func([]byte) int {
	empty := true // the present line
	return func(p []byte) int {
		at := -1
		for i, b := range p {
			switch b {
			case '\n':
				if empty {
					at = i + 1
				}
				empty = true
			case '\r':
			default:
				empty = false
			}
		}
		return at
	}
}

func (l *limitReader) Read(p []byte) (int, error) {
	switch {
	case l.n > maxMessage:
		return 0, l.in.refuse(errTooLarge)
	case l.values.n > maxValues:
		return 0, l.in.refuse(errValues)
	case l.behind > maxMessage, l.in.asked.Load()+l.in.sending.Load() > maxRequests:
		return 0, l.in.refuse(errRequests)
	}
	n, err := l.r.Read(p)
	if l.behind += n; l.in.asked.Load() == 0 {
		l.behind = 0
	}
	p = p[:n]
	if at := l.every(p); at >= 0 {
		l.n, l.values, p = 0, valueCounter{}, p[at:]
	}
	l.n += len(p)
	l.values.add(p)
	return n, err
}

// limitTransport limits the messages in the bodies of responses, after their decompression.
type limitTransport struct {
	http.RoundTripper
	in *intake
}

func (t limitTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.in.sending.Add(1)
	res, err := t.RoundTripper.RoundTrip(r)
	t.in.sending.Add(-1)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		res.Body.Close() // its reader would own the connection, and wait without a timeout
		return nil, errors.New("the server switched to another protocol, unasked")
	}
	every := endNever
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media == "text/event-stream" {
		every = eventEnds()
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{&limitReader{r: res.Body, in: t.in, every: every}, res.Body}
	return res, nil
}
