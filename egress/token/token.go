// Package token gets the token for requests to a server: from a text, a file, a command, or the
// token endpoint of an OAuth issuer. A [Token] is kept until it expires or the server refuses it.
// Errors and logs never have a token or a secret.
//
// Read token.go first.
package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard/oauth"
)

// Source obtains a token anew.
type Source interface {
	// Obtain returns a token and when it expires; the zero time means that nobody knows.
	Obtain(ctx context.Context) (value string, expires time.Time, err error)
	// Secrets are what the source itself must not show.
	Secrets() []string
}

// Refuser is a [Source] that keeps tokens itself.
type Refuser interface {
	// Refuse says that the server refused a token. Obtain must not return it again, nor ask the
	// issuer for another one again and again.
	Refuse(value string)
}

// Token is a credential of requests. It is safe for concurrent use.
type Token struct {
	source Source
	header string
	now    func() time.Time

	lock chan struct{} // held while the fields below are read, and while a token is obtained

	value   string
	expires time.Time // zero if unknown
	begun   time.Time // when value was obtained
	tried   time.Time // when obtaining one failed last
	err     error     // of that attempt
	mu      sync.Mutex
	used    []string // values that were sent, the newest last
}

// New returns the token of a source. It is sent in a header as it is, or in Authorization as a
// bearer token if header is "".
func New(source Source, header string) *Token {
	return &Token{source: source, header: header, now: time.Now, lock: make(chan struct{}, 1)}
}

// The pauses between two attempts to obtain a token.
const (
	afterFailure = 5 * time.Second
	afterRefusal = 10 * time.Second // of a token that was just obtained
)

// Get returns the credential for a request that is about to leave.
func (t *Token) Get(ctx context.Context) (egress.Credential, error) {
	select {
	case t.lock <- struct{}{}:
		defer func() { <-t.lock }()
	case <-ctx.Done():
		return egress.Credential{}, ctx.Err()
	}
	now := t.now()
	if t.value == "" || !t.expires.IsZero() && now.After(t.expires.Add(-Margin(t.expires.Sub(t.begun)))) {
		if err := t.obtain(ctx, now); err != nil && (t.value == "" || !now.Before(t.expires)) {
			return egress.Credential{}, err
		}
	}
	return t.credential(t.value), nil
}

// Margin is how long before its end a token is replaced: a fifth of its life, at most a minute.
func Margin(life time.Duration) time.Duration { return min(life/5, time.Minute) }

// obtain gets another token. The caller holds t.lock.
func (t *Token) obtain(ctx context.Context, now time.Time) error {
	if t.err != nil && now.Sub(t.tried) < afterFailure {
		return t.err
	}
	value, expires, err := t.source.Obtain(ctx)
	if err == nil {
		err = t.check(value)
	}
	if err != nil {
		if ctx.Err() == nil {
			t.tried, t.err = now, err
		}
		return err
	}
	if expires.IsZero() {
		expires, _ = oauth.ExpiryOf(value)
	}
	if !expires.IsZero() && !now.Before(expires) {
		t.tried, t.err = now, errors.New("the token has expired")
		return t.err
	}
	t.value, t.expires, t.begun, t.err = value, expires, now, nil
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used = append(slices.DeleteFunc(t.used, func(s string) bool { return s == value }), value)
	if len(t.used) > maxUsed {
		t.used = t.used[1:]
	}
	return nil
}

// Bounds of tokens.
const (
	maxToken = 64 << 10 // bytes
	maxUsed  = 4        // that are looked for in what a server answers
)

func (t *Token) check(value string) error {
	switch c := t.credential(value); {
	case value == "":
		return errors.New("the token is empty")
	case len(value) > maxToken:
		return fmt.Errorf("the token has more than %d bytes", maxToken)
	case egress.CheckHeader(c.Name, c.Value) != nil:
		return errors.New("the token has characters that a header cannot have")
	}
	return nil
}

func (t *Token) credential(value string) egress.Credential {
	if t.header != "" {
		return egress.Credential{In: egress.InHeader, Name: t.header, Value: value}
	}
	return egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Bearer " + value}
}

// Refused records that a server refused a credential of Get. It reports whether the next Get has
// another one: not if the source has no other, or if the last one was obtained a moment ago.
func (t *Token) Refused(ctx context.Context, c egress.Credential) bool {
	select {
	case t.lock <- struct{}{}:
		defer func() { <-t.lock }()
	case <-ctx.Done():
		return false
	}
	if t.value != "" && t.credential(t.value) != c {
		return true // it was replaced meanwhile
	}
	now, old := t.now(), t.value
	if r, ok := t.source.(Refuser); ok {
		r.Refuse(old)
	} else if now.Sub(t.begun) < afterRefusal {
		return false
	}
	t.value = ""
	if t.obtain(ctx, now) != nil {
		return false
	}
	return t.value != old
}

// Secrets returns the values to hide in the server's responses: the tokens that were sent to it
// lately, and the secrets that obtained them.
func (t *Token) Secrets() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append(slices.Clone(t.used), t.source.Secrets()...)
}

// Text is a source with one token.
type Text string

// Obtain returns the text.
func (s Text) Obtain(context.Context) (string, time.Time, error) {
	return strings.TrimSpace(string(s)), time.Time{}, nil
}

// Secrets returns nothing: the text is the token.
func (s Text) Secrets() []string { return nil }
