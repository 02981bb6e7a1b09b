package front

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/mcp/handler"
)

// Admitted is a caller that a front admits.
type Admitted = handler.Admitted

// Refusal is the error for a token that is refused, with the answer to it.
type Refusal struct {
	// Status is that of the answer.
	Status int
	// Challenge is the WWW-Authenticate header, or "".
	Challenge string
	// RetryAfter says when another attempt may succeed, if it is not zero.
	RetryAfter time.Duration
	// Reason is the text of the answer, for people. It has nothing of the token.
	Reason string
}

// Error returns the reason.
func (r *Refusal) Error() string { return r.Reason }

var (
	errNoToken  = errors.New("a bearer token is required")
	errBadToken = errors.New("the bearer token is not accepted: it is unknown, was revoked or has expired")
	errInQuery  = &Refusal{Status: http.StatusBadRequest, Reason: "a token in the URL ends up in logs: send it in the header Authorization only"}
)

// authenticate returns the caller of a request.
func (f *Front) authenticate(r *http.Request) (Admitted, error) {
	if f.c.NoToken {
		return Admitted{Caller: "local"}, nil
	}
	sent := r.Header.Values("Authorization")
	if len(sent) != 1 { // of several, a proxy in front may have checked another one
		return Admitted{}, errNoToken
	}
	kind, token, ok := strings.Cut(sent[0], " ")
	if token = strings.TrimSpace(token); !ok || !strings.EqualFold(kind, "Bearer") {
		return Admitted{}, errNoToken
	}
	if f.c.Authenticate == nil {
		got := sha256.Sum256([]byte(token))
		if subtle.ConstantTimeCompare(got[:], f.token[:]) != 1 {
			return Admitted{}, errBadToken
		}
		return Admitted{Caller: "token-" + hex.EncodeToString(f.token[:4])}, nil
	}
	if r.URL.Query().Has("access_token") { // RFC 6750, section 2: one method for each request
		return Admitted{}, errInQuery
	}
	a, err := f.c.Authenticate(r.Context(), token)
	if refusal := (*Refusal)(nil); err != nil && !errors.As(err, &refusal) {
		err = errBadToken
	}
	return a, err
}

// unauthorized answers a request that is not admitted.
func (f *Front) unauthorized(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		refusal = &Refusal{Status: http.StatusUnauthorized, Challenge: f.c.Challenge, Reason: errNoToken.Error()}
		refusal.Challenge = cmp.Or(refusal.Challenge, `Bearer realm="spectap"`)
		if errors.Is(err, errBadToken) { // RFC 6750, section 3.1
			refusal.Challenge += `, error="invalid_token"`
			refusal.Reason = errBadToken.Error()
		}
	}
	if refusal.Challenge != "" {
		w.Header().Set("WWW-Authenticate", refusal.Challenge)
	}
	if refusal.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refusal.RetryAfter.Seconds()))))
	}
	f.refuse(w, r, refusal.Status, refusal.Reason)
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
