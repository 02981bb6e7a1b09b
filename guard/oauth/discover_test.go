package oauth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func TestDiscover(t *testing.T) {
	const issuer = "https://login.example/tenant"
	var asked []string
	serve := func(docs map[string]string) Fetch {
		asked = nil
		return func(_ context.Context, url string) ([]byte, error) {
			asked = append(asked, url)
			if doc, ok := docs[url]; ok {
				return []byte(doc), nil
			}
			return nil, errors.New("status 404")
		}
	}
	good := fmt.Sprintf(`{"issuer":%q,"jwks_uri":"https://keys.example/a","token_endpoint":"https://login.example/token"}`, issuer)
	places := []string{
		"https://login.example/.well-known/oauth-authorization-server/tenant",
		"https://login.example/.well-known/openid-configuration/tenant",
		"https://login.example/tenant/.well-known/openid-configuration",
	}
	for n, at := range places {
		m, err := Discover(t.Context(), serve(map[string]string{at: good}), issuer)
		if err != nil || m.KeysURL != "https://keys.example/a" || m.TokenURL != "https://login.example/token" || !slices.Equal(asked, places[:n+1]) {
			t.Errorf("%s: %+v, %v, asked for %q", at, m, err, asked)
		}
	}
	if _, err := Discover(t.Context(), serve(nil), issuer); err == nil || !strings.Contains(err.Error(), "404") {
		t.Error(err)
	}
	for name, doc := range map[string]string{
		"another issuer": strings.Replace(good, "tenant", "other", 1),
		"with a slash":   strings.Replace(good, "tenant", "tenant/", 1),
		"keys by http":   strings.Replace(good, "https://keys", "http://keys", 1),
		"file":           strings.Replace(good, "https://keys.example", "file://", 1),
		"no JSON":        "<html>",
	} {
		if m, err := Discover(t.Context(), serve(map[string]string{places[0]: doc, places[1]: good}), issuer); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestResource(t *testing.T) {
	for url, want := range map[string]string{
		"https://a.example/mcp":      "https://a.example/.well-known/oauth-protected-resource/mcp",
		"https://a.example":          "https://a.example/.well-known/oauth-protected-resource",
		"https://a.example/":         "https://a.example/.well-known/oauth-protected-resource",
		"http://127.0.0.1:80/x/y":    "http://127.0.0.1:80/.well-known/oauth-protected-resource/x/y",
		"http://a.example/mcp":       "",
		"https://a.example/mcp?x":    "",
		"https://a.example/\"evil\"": "",
	} {
		r, err := NewResource(url, []string{"https://login.example"}, nil)
		if (err == nil) != (want != "") || err == nil && r.MetadataURL() != want {
			t.Errorf("%s: %v, %v", url, r, err)
		}
	}
	r := must.Get(NewResource("https://a.example/mcp", []string{"https://login.example"}, []string{"read", "write"}))
	if got, want := string(r.Metadata()), `{"resource":"https://a.example/mcp","authorization_servers":["https://login.example"],`+
		`"scopes_supported":["read","write"],"bearer_methods_supported":["header"]}`; got != want {
		t.Error(got)
	}
	if got := r.Challenge("", ""); got != `Bearer resource_metadata="https://a.example/.well-known/oauth-protected-resource/mcp", scope="read write"` {
		t.Error(got)
	}
	if got := r.Challenge(InvalidToken, "a \"b\"\r\nX: y"); !strings.HasPrefix(got, `Bearer error="invalid_token", error_description="a _b___X: y", resource_metadata=`) {
		t.Error(got)
	}
}
