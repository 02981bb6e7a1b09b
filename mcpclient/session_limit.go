package mcpclient

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync/atomic"
)

// maxMessage limits a message of a server, in bytes: a line on stdio, a response over HTTP, or one
// event of a stream. The library has no limit.
const maxMessage = 32 << 20

// errTooLarge is the error for a message over maxMessage.
var errTooLarge = errors.New("the server sent a message of more than 32 MiB, the limit of this client: ask for less")

// limitReader fails after maxMessage bytes of one message.
type limitReader struct {
	r        io.Reader
	tooLarge *atomic.Bool            // set with the error, which the library may drop
	every    func(p []byte) (at int) // returns the index behind the last end of a message in p, or -1
	n        int                     // bytes of the present message
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
	if l.n > maxMessage {
		l.tooLarge.Store(true)
		return 0, errTooLarge
	}
	n, err := l.r.Read(p)
	if at := l.every(p[:n]); at >= 0 {
		l.n = n - at
	} else {
		l.n += n
	}
	return n, err
}

// limitTransport limits the messages in the bodies of responses, after their decompression.
type limitTransport struct {
	http.RoundTripper
	tooLarge *atomic.Bool
}

func (t limitTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	every := endNever
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media == "text/event-stream" {
		every = eventEnds()
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{&limitReader{r: res.Body, tooLarge: t.tooLarge, every: every}, res.Body}
	return res, nil
}
