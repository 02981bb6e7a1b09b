package front

import (
	"io"
	"net/http"
)

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
