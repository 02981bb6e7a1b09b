package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
	"github.com/spectap/spectap/internal/test/must"
)

const audience = "https://gateway.example/mcp"

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func newIssuer(t testing.TB) *oauthtest.Issuer {
	t.Helper()
	i := oauthtest.New(t, audience)
	i.Now = func() time.Time { return noon }
	return i
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// clockOf is the time that a verifier sees.
type clockOf struct{ at atomic.Int64 }

func (c *clockOf) now() time.Time      { return time.Unix(0, c.at.Load()) }
func (c *clockOf) add(d time.Duration) { c.at.Add(int64(d)) }

// verifier returns a verifier for the tokens of an issuer. Its clock stands still at noon.
func verifier(t testing.TB, i *oauthtest.Issuer, change func(*Config)) (*Verifier, *clockOf) {
	t.Helper()
	clock := &clockOf{}
	clock.at.Store(noon.UnixNano())
	c := Config{Issuer: i.URL, Audience: audience, Fetch: fetch, Now: clock.now}
	if change != nil {
		change(&c)
	}
	v := must.Get(New(c))
	v.clock.elapsed = func() time.Duration { return 0 }
	return v, clock
}

// raw returns a token of a header and a payload with a made-up signature.
func raw(header, payload, signature string) string {
	b := base64.RawURLEncoding
	return b.EncodeToString([]byte(header)) + "." + b.EncodeToString([]byte(payload)) + "." + b.EncodeToString([]byte(signature))
}
