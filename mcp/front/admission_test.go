package front

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/mcp/handler"
)

// identityOf answers with what the front knows of a caller.
type identityOf struct{}

func (identityOf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := handler.AdmittedOf(r.Context())
	io.WriteString(w, handler.Caller(r.Context())+" "+a.Identity["team"].(string)+" "+a.Until.Format(time.TimeOnly))
}
func (identityOf) Close() {}

func TestAuthenticate(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil)
	f := must(NewHandler(Config{
		Addr: srv.Listener.Addr(), Challenge: "Bearer sign-in",
		Authenticate: func(ctx context.Context, token string) (Admitted, error) {
			switch {
			case ctx.Err() != nil:
				t.Error(ctx.Err())
			case token == "narrow":
				return Admitted{}, &Refusal{Status: http.StatusForbidden, Challenge: "Bearer more", Reason: "too narrow"}
			case token == "later":
				return Admitted{}, &Refusal{Status: http.StatusServiceUnavailable, RetryAfter: 1500 * time.Millisecond, Reason: "later"}
			case token != "good":
				return Admitted{}, errors.New("a secret of the server")
			}
			return Admitted{Caller: "anna", Identity: map[string]any{"team": "ops"}, Until: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}, nil
		},
		Public: map[string]http.Handler{"/.well-known/x": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			data, err := io.ReadAll(r.Body)
			if len(data) > 0 || err == nil && r.ContentLength > 0 {
				t.Errorf("a handler for everybody reads %q", data)
			}
			io.WriteString(w, "public")
		})},
	}, map[string]Handler{DefaultPath: identityOf{}}))
	srv.Config.Handler = f
	srv.Start()
	t.Cleanup(srv.Close)
	for _, x := range []struct {
		name, path, token        string
		status                   int
		body, challenge, waiting string
	}{
		{"good", "/mcp", "good", 200, "anna ops 12:00:00", "", ""},
		{"none", "/mcp", "", 401, "a bearer token is required\n", "Bearer sign-in", ""},
		{"wrong", "/mcp", "x", 401, errBadToken.Error() + "\n", `Bearer sign-in, error="invalid_token"`, ""},
		{"narrow", "/mcp", "narrow", 403, "too narrow\n", "Bearer more", ""},
		{"later", "/mcp", "later", 503, "later\n", "", "2"},
		{"query", "/mcp?access_token=good", "", 401, "a bearer token is required\n", "Bearer sign-in", ""},
		{"query beside", "/mcp?a=b&access%5Ftoken=good", "good", 400, errInQuery.Reason + "\n", "", ""},
		{"public", "/.well-known/x", "", 200, "public", "", ""},
		{"below", "/.well-known/x/y", "", 401, "a bearer token is required\n", "Bearer sign-in", ""},
		{"around", "/.well-known/x/../../mcp", "", 401, "a bearer token is required\n", "Bearer sign-in", ""},
	} {
		r := must(http.NewRequest("POST", srv.URL+x.path, strings.NewReader("body")))
		if x.token != "" {
			r.Header.Set("Authorization", "Bearer "+x.token)
		}
		resp := must(http.DefaultClient.Do(r))
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != x.status || string(body) != x.body || resp.Header.Get("WWW-Authenticate") != x.challenge || resp.Header.Get("Retry-After") != x.waiting {
			t.Errorf("%s: %s %q %q", x.name, resp.Status, body, resp.Header)
		}
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q: a browser may take the answer for a page", x.name, got)
		}
	}
	r, _ := http.NewRequest("GET", srv.URL+"/.well-known/x", nil)
	r.Host = "evil.example"
	resp := must(http.DefaultClient.Do(r))
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a Host of somebody else: %s", resp.Status)
	}
}
