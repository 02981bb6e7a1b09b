package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/guard/oauth/oauthtest"
	"github.com/spectap/spectap/internal/test/must"
)

// person returns a configuration with which anna signs in for the server of p.
func person(t *testing.T) (*oauthtest.People, *Store, Config) {
	p := oauthtest.NewPeople(t, http.NotFoundHandler())
	return p, &Store{Folder: filepath.Join(t.TempDir(), "tokens")}, Config{
		Server: p.Server, Typed: []string{p.Server}, HasBrowser: true, Show: func(x Prompt) { go fillIn(x.URL) },
	}
}

// fillIn signs in with the form at a URL, as a person does in a browser.
func fillIn(at string) {
	resp, err := http.PostForm(at, url.Values{"user": {"anna"}, "password": {"tulip"}})
	if err == nil {
		resp.Body.Close()
	}
}

// The tokens of a person are kept in a file that nobody else reads, are for the server alone, and are
// revoked at the end.
func TestSignIn(t *testing.T) {
	p, s, c := person(t)
	if got := Canonical("https://anna@MCP.example.com:443/mcp/?x=1#y"); got != "https://mcp.example.com/mcp" {
		t.Error(got)
	}
	must.Get(s.SignIn(t.Context(), c))
	c.ClientID, c.Secret = "known", "s3cret"
	if _, err := s.SignIn(t.Context(), c); !errors.Is(err, ErrSecret) || len(p.Took()) > 1 {
		t.Error("an issuer that only the server names gets a secret:", err)
	}
	// The slash at the end of an issuer may be left out.
	p.Metadata, p.Answer = func(m map[string]any) { m["issuer"] = p.URL + "/" }, func(q url.Values) { q.Set("iss", p.URL+"/") }
	c.Issuer = p.URL
	g, err := s.SignIn(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	older := *g
	older.Issuer, older.Access, older.SignedIn = "https://login.example.com", "old", g.SignedIn.Add(-time.Hour)
	must.Do(t, s.file(&older).Update(func(x *Grant) error { *x = older; return nil }))
	if g.Resource != p.Server || g.Issuer != p.URL+"/" || strings.Join(g.Scopes, " ") != "read" {
		t.Errorf("%+v", g.Shown)
	}
	if info, err := os.Stat(s.file(g).Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if text := fmt.Sprintf("%v %+v %#v", g, *g, g); strings.Contains(text, g.Access) || strings.Contains(text, g.Refresh) {
		t.Error(text)
	}
	if value, _, err := (&Source{Store: s, Server: p.Server + "/?x=1"}).Obtain(t.Context()); err != nil || value != g.Access {
		t.Error("not the newest token:", err)
	}
	if _, _, err = (&Source{Store: s, Server: p.URL + "/mcp"}).Obtain(t.Context()); !errors.As(err, new(*MissingError)) {
		t.Error("another server gets the token:", err)
	}
	path := s.file(g).Path
	data, _ := os.ReadFile(path)
	os.WriteFile(filepath.Join(s.Folder, "copy.json"), data, 0o600)
	if all, err := s.List(); err != nil || len(all) != 2 {
		t.Error("a copy is listed: signing out would never end:", len(all), err)
	}
	damaged := filepath.Join(s.Folder, "0.json")
	os.WriteFile(damaged, []byte("{"), 0o600)
	if all, err := s.List(); len(all) != 2 || err == nil || !strings.Contains(err.Error(), damaged) {
		t.Error("a damaged file hides the others, or is not named:", len(all), err)
	}
	if found, err := s.Find(p.Server, p.URL); found == nil || err != nil {
		t.Error("a damaged file stops another sign-in:", err)
	}
	os.Remove(damaged)
	os.Chmod(path, 0o622)
	if err := s.SignOut(t.Context(), g); err == nil || len(p.Took()) > 2 {
		t.Error("signed out with a file that others may have changed")
	}
	os.Chmod(path, 0o600)
	if err := s.SignOut(t.Context(), g); err != nil || !slices.Equal(p.Took()[2:], []string{g.Refresh, g.Access}) {
		t.Error("not revoked:", p.Took(), err)
	}
}

// Metadata and answers of somebody else are refused, before anything secret is sent to them.
func TestForeignIssuers(t *testing.T) {
	set := func(name string, v any) func(map[string]any) { return func(m map[string]any) { m[name] = v } }
	answer := func(name, v string) func(url.Values) { return func(q url.Values) { q.Set(name, v) } }
	for _, x := range []struct {
		name, want       string
		issuer, resource func(map[string]any)
		answer           func(url.Values)
	}{
		{"metadata of another issuer", "metadata of another issuer", set("issuer", "https://login.example.com"), nil, nil},
		{"metadata of another resource", "another resource", nil, set("resource", "https://mcp.example.com/mcp"), nil},
		{"metadata of a sibling", "another resource", nil, func(m map[string]any) { m["resource"] = m["resource"].(string)[:len(m["resource"].(string))-1] }, nil},
		{"issuer on http", "it must be https", nil, set("authorization_servers", []string{"http://login.example.com"}), nil},
		{"private issuer", "address is not allowed", nil, set("authorization_servers", []string{"https://10.0.0.1"}), nil},
		{"token endpoint on http", "not https", set("token_endpoint", "http://login.example.com/token"), nil, nil},
		{"page of another scheme", "not https", set("authorization_endpoint", "file:///etc/passwd"), nil, nil},
		{"no PKCE", "PKCE", set("code_challenge_methods_supported", []string{"plain"}), nil, nil},
		{"no page", "no authorization_endpoint", func(m map[string]any) {
			maps.DeleteFunc(m, func(k string, _ any) bool { return strings.Contains(k, "authorization_endpoint") })
		}, nil, nil},
		{"no registration", "registers no clients", set("registration_endpoint", ""), nil, nil},
		{"answer of another issuer", "not from this issuer", nil, nil, answer("iss", "https://login.example.com")},
		{"answer without an issuer", "not from this issuer", nil, nil, answer("iss", "")},
		{"answer of another sign-in", "context canceled", nil, nil, answer("state", "x")},
		{"refusal", "it was denied there", nil, nil, func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }},
		{"code of another sign-in", "status 400, invalid_grant", nil, nil, answer("code", "stolen")},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, s, c := person(t)
			p.Metadata, p.Resource, p.Answer = x.issuer, x.resource, x.answer
			ctx, cancel := context.WithCancel(t.Context())
			c.Show = func(q Prompt) {
				go func() {
					fillIn(q.URL)
					if x.want == "context canceled" {
						cancel()
					}
				}()
			}
			_, err := s.SignIn(ctx, c)
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v, want %s", err, x.want)
			}
			if all, _ := s.List(); len(all) > 0 || len(p.Took()) > 0 && x.answer == nil {
				t.Error("tokens were kept, or asked for")
			}
		})
	}
}

// Several processes renew a token once. The server's refusal renews it, and an ended sign-in says
// what a person does.
func TestRenewal(t *testing.T) {
	p, s, c := person(t)
	g, err := s.SignIn(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	expire := func(age time.Duration) { // as if the token were older
		if err := s.file(g).Update(func(g *Grant) error { g.Begun, g.Expires = g.Begun.Add(-age), g.Expires.Add(-age); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	expire(2 * time.Hour)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			x := token.New(&Source{Store: &Store{Folder: s.Folder}, Server: p.Server}, "")
			if c, err := x.Get(context.Background()); err != nil || c.Value == "Bearer "+g.Access {
				t.Error("the old token, or", err)
			}
		})
	}
	all.Wait()
	if took := strings.Join(p.Took(), " "); took != "authorization_code refresh_token" {
		t.Error(took)
	}
	x := token.New(&Source{Store: s, Server: p.Server}, "")
	old, _ := x.Get(t.Context())
	p.EndAccess(false)
	if x.Refused(t.Context(), old) {
		t.Error("a token that was just issued is renewed: a server that refuses all would be asked again and again")
	}
	expire(time.Minute)
	x = token.New(&Source{Store: s, Server: p.Server}, "")
	if !x.Refused(t.Context(), old) {
		t.Error("no new token after the refusal")
	}
	p.EndAccess(true)
	expire(2 * time.Hour)
	asked := 0
	for _, why := range []string{"status 400, invalid_grant", "its token has expired"} {
		_, err = token.New(&Source{Store: s, Server: p.Server}, "").Get(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), " is no longer valid ("+why+"): a person signs in with spectap auth login") {
			t.Error(err)
		}
		if asked = cmp.Or(asked, len(p.Took())); len(p.Took()) > asked {
			t.Error("an issuer that ended the sign-in is asked again")
		}
	}
}

// A network that fails while a person types the code does not end the sign-in.
func TestDeviceNetwork(t *testing.T) {
	p, s, c := person(t)
	issuer := must.Get(url.Parse(p.URL))
	var asked atomic.Int32
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		httputil.NewSingleHostReverseProxy(issuer).ServeHTTP(w, r)
	}))
	defer front.Close()
	p.Metadata = func(m map[string]any) { m["token_endpoint"] = front.URL + "/token" }
	c.Device, c.Show = true, func(Prompt) { p.Approve() }
	if _, err := s.SignIn(t.Context(), c); err != nil || asked.Load() != 2 {
		t.Error(asked.Load(), err)
	}
}
