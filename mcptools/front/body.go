package front

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/server"
)

// checkHead returns why a request is refused if programs may read different messages in it: if its
// body is in another charset than JSON is or encoded, or if headers say two things. The library
// reads plain JSON, whatever the headers say. The status is 0 if it is not refused.
func checkHead(h http.Header) (status int, why string) {
	_, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch charset := params["charset"]; {
	case len(h.Values(server.HeaderKeySessionID)) > 1:
		return http.StatusBadRequest, "the header " + server.HeaderKeySessionID + " is sent more than once"
	case len(h.Values("Content-Type")) > 1:
		return http.StatusUnsupportedMediaType, "the header Content-Type is sent more than once"
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return http.StatusUnsupportedMediaType, "the charset must be utf-8"
	}
	for _, coding := range h.Values("Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return http.StatusUnsupportedMediaType, "a body with a Content-Encoding is not accepted: send plain JSON"
		}
	}
	return 0, ""
}

// statusOf returns the status of the answer to a message that is refused.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errInitialize):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errSessions):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// maxBodies bounds the request bodies that a front reads and holds at a time, in bodies of the
// greatest size. A caller with a token could otherwise hold memory by many connections that stay
// just within the limit of one body.
const maxBodies = 16

// freeBody returns what of each body does not count against the bound, in bytes. So the small
// messages of other callers are still served when the bodies of one take all of it.
func (f *Front) freeBody() int64 { return min(64<<10, f.c.MaxBody/maxBodies) }

// busyError is the error of a body that exceeds the bound of all bodies.
type busyError struct{}

func (busyError) Error() string {
	return "the bodies of other requests take all the memory that this server gives them: try again later"
}

// Status returns the status to answer with, for a [Handler] that reads bodies itself.
func (busyError) Status() int { return http.StatusServiceUnavailable }

// sharedBody is a body that counts against the bound of its front.
type sharedBody struct {
	io.ReadCloser
	f       *Front
	n       int64 // bytes that were read
	counted int64 // of them, those that count
	full    bool
}

// share replaces the body of a request by one that counts against the bound. release must be called
// when nothing holds the body any more.
func (f *Front) share(r *http.Request) (release func()) {
	b := &sharedBody{ReadCloser: r.Body, f: f}
	r.Body = b
	return func() { f.held.Add(-b.counted) }
}

// Read reads from the body.
func (b *sharedBody) Read(p []byte) (int, error) {
	if b.full {
		return 0, busyError{}
	}
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if more := b.n - b.f.freeBody() - b.counted; more > 0 {
		b.counted += more
		if b.f.held.Add(more) > maxBodies*b.f.c.MaxBody {
			b.full = true
			return 0, busyError{}
		}
	}
	return n, err
}

// refuseBusy answers a request whose body exceeded the bound of all bodies.
func (f *Front) refuseBusy(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "5")
	f.refuse(w, r, http.StatusServiceUnavailable, busyError{}.Error())
}
