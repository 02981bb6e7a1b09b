package attack

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/oauth/oauthtest"
)

const oauthAudience = "https://gateway.example/mcp"

// oauthGateway starts a gateway that admits the holders of an issuer's tokens.
func (a *attack) oauthGateway(i *oauthtest.Issuer, args ...string) (s *service, at *url.URL) {
	a.Helper()
	u := a.upstream(nil)
	all := append([]string{"gateway", "--policy", a.file("policy.yaml", "version: 1\ndefault: allow\n"), "--http", "127.0.0.1:0",
		"--oauth-issuer", i.URL, "--oauth-audience", oauthAudience}, args...)
	s = a.start(nil, append(append(all, "--", binary), a.serving(u, writing)...)...)
	at, err := url.Parse(s.waitLog("MCP at "))
	if err != nil {
		a.Fatal(err)
	}
	return s, at
}

// handshake is the first message of a client.
const handshake = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"m","version":"1"}}}`

// post sends a handshake, and returns the status and everything of the answer.
func (a *attack) post(at string, change func(r *http.Request)) (status int, answer string) {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), http.MethodPost, at, strings.NewReader(handshake))
	if err != nil {
		a.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	change(r)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, fmt.Sprint(resp.Header, string(data))
}

// A token counts in one place only, and no header of a request changes what the gateway says of
// itself (threat 17).
func TestOAuthRequests(t *testing.T) {
	try(t, "elsewhere", "has a valid token sent, logged or remembered where tokens do not belong", "only Authorization: Bearer counts", func(a *attack) {
		i := oauthtest.New(t, oauthAudience)
		s, at := a.oauthGateway(i)
		token := i.AccessToken(nil)
		set := func(name string, values ...string) func(r *http.Request) {
			return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
		}
		query := func(q string) func(r *http.Request) { return func(r *http.Request) { r.URL.RawQuery = q } }
		for name, change := range map[string]func(r *http.Request){
			"query":                    query("access_token=" + token),
			"query of a bearer":        query("bearer=" + token),
			"query with authorization": query("Authorization=Bearer%20" + token),
			"fragment in the path":     func(r *http.Request) { r.URL.Path += "#access_token=" + token },
			"user of the URL":          func(r *http.Request) { r.SetBasicAuth("Bearer", token) },
			"password of the URL":      func(r *http.Request) { r.SetBasicAuth(token, "x") },
			"form": func(r *http.Request) {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Body = io.NopCloser(strings.NewReader("access_token=" + token))
				r.ContentLength = -1
			},
			"cookie":                     set("Cookie", "access_token="+token+"; Authorization=Bearer "+token),
			"header of a proxy":          set("X-Forwarded-Access-Token", token),
			"header of another proxy":    set("X-Auth-Request-Access-Token", token),
			"authorization of a proxy":   set("Proxy-Authorization", "Bearer "+token),
			"forwarded authorization":    set("X-Forwarded-Authorization", "Bearer "+token),
			"original authorization":     set("X-Original-Authorization", "Bearer "+token),
			"protocol of a WebSocket":    set("Sec-WebSocket-Protocol", "bearer, "+token),
			"another scheme":             set("Authorization", "Token "+token),
			"DPoP":                       set("Authorization", "DPoP "+token),
			"no scheme":                  set("Authorization", token),
			"scheme twice":               set("Authorization", "Bearer Bearer "+token),
			"parameter":                  set("Authorization", `Bearer token="`+token+`"`),
			"quotes":                     set("Authorization", `Bearer "`+token+`"`),
			"list":                       set("Authorization", "Bearer x, Bearer "+token),
			"two headers":                set("Authorization", "Bearer x", "Bearer "+token),
			"two headers, the first one": set("Authorization", "Bearer "+token, "Basic eDp4"),
			"something after it":         set("Authorization", "Bearer "+token+" x"),
			"comma after it":             set("Authorization", "Bearer "+token+","),
			"no blank":                   set("Authorization", "Bearer"+token),
			"blank of another kind":      set("Authorization", "Bearer\u00a0"+token),
		} {
			if status, answer := a.post(at.String(), change); status == http.StatusOK || strings.Contains(answer, token) {
				a.breach("%s: %d %s", name, status, answer)
			}
		}
		a.excluding("the log", s.log(), token[len(token)-40:])
		if status, answer := a.post(at.String(), set("Authorization", "Bearer "+token)); status != http.StatusOK {
			a.Errorf("the token where it belongs: %d %s", status, answer)
		}
	})
	try(t, "poisoned", "names a host of its own in the headers of a request without a token", "neither the challenge nor the metadata leads there", func(a *attack) {
		i := oauthtest.New(t, oauthAudience)
		_, at := a.oauthGateway(i)
		metadata := at.Scheme + "://" + at.Host + "/.well-known/oauth-protected-resource" + at.Path
		for name, change := range map[string]func(r *http.Request){
			"host":               func(r *http.Request) { r.Host = "evil.example" },
			"host with a port":   func(r *http.Request) { r.Host = "evil.example:" + at.Port() },
			"host and a user":    func(r *http.Request) { r.Host = "evil.example@" + at.Host },
			"host after another": func(r *http.Request) { r.Host = at.Host + ".evil.example" },
			"quote in the host":  func(r *http.Request) { r.Host = at.Host + `", resource_metadata="https://evil.example` },
			"forwarded host":     func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "evil.example") },
			"forwarded":          func(r *http.Request) { r.Header.Set("Forwarded", "host=evil.example;proto=https") },
			"forwarded scheme":   func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https://evil.example/") },
			"forwarded prefix":   func(r *http.Request) { r.Header.Set("X-Forwarded-Prefix", "//evil.example") },
			"original host":      func(r *http.Request) { r.Header.Set("X-Original-Host", "evil.example") },
			"path":               func(r *http.Request) { r.URL.Path += "/https://evil.example" },
			"path of two":        func(r *http.Request) { r.URL.Path = "//evil.example" + r.URL.Path },
			"query":              func(r *http.Request) { r.URL.RawQuery = "resource=https://evil.example" },
			"realm":              func(r *http.Request) { r.Header.Set("Authorization", `Bearer realm="https://evil.example"`) },
			"origin":             func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"referrer":           func(r *http.Request) { r.Header.Set("Referer", "https://evil.example") },
		} {
			for _, url := range []string{at.String(), metadata} {
				status, answer := a.post(url, change)
				_, get := a.post(url, func(r *http.Request) { change(r); r.Method, r.Body, r.ContentLength = http.MethodGet, http.NoBody, 0 })
				if status == http.StatusOK || strings.Contains(answer+get, "evil.example") {
					a.breach("%s: %d %s %s", name, status, answer, get)
				}
			}
		}
	})
}

// Keys come from the issuer's URL and nowhere else, whatever that answers later, and tokens count
// for this gateway and now only (threat 17).
func TestOAuthTokens(t *testing.T) {
	try(t, "keys", "gets the URL of the keys to lead elsewhere, or to fail, after the start", "its own keys count for nothing, and the issuer's go on", func(a *attack) {
		evil := oauthtest.New(t, oauthAudience)
		evil.Publish(oauthtest.Key("rsa2", "z", "RS256"))
		signed := evil.AccessToken(nil)
		var asked atomic.Int32
		theirs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			http.Redirect(w, r, evil.URL+"/keys", http.StatusFound)
		}))
		t.Cleanup(theirs.Close)
		bearer := func(token string) func(r *http.Request) {
			return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
		}
		for name, answer := range map[string]http.HandlerFunc{
			"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, theirs.URL, http.StatusFound) },
			"moved": func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, theirs.URL, http.StatusPermanentRedirect)
			},
			"refresh":  func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Refresh", "0; url="+theirs.URL) },
			"location": func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Location", theirs.URL) },
			"no keys":  func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"keys":[]}`) },
			"error":    func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			"another set": func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"keys":[{"kty":"RSA","jku":%q}]}`, theirs.URL)
			},
			"signed set":    func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, signed) },
			"set in a list": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `[{"keys":[]}]`) },
			"keys twice": func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"keys":[],"keys":[{"kty":"oct","k":"AAAA","kid":"z"}]}`)
			},
			"a shared key": func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"keys":[{"kty":"oct","k":"AAAA","kid":"a","alg":"HS256"}]}`)
			},
			"endless answer": func(w http.ResponseWriter, r *http.Request) { io.Copy(w, io.LimitReader(zeros{}, 64<<20)) },
		} {
			i := oauthtest.New(t, oauthAudience)
			_, at := a.oauthGateway(i)
			good, forged := i.AccessToken(nil), evil.AccessToken(map[string]any{"iss": i.URL})
			if status, got := a.post(at.String(), bearer(good)); status != http.StatusOK { // with the keys as they are at the start
				a.Errorf("%s: the issuer's token: %d %s", name, status, got)
			}
			i.PublishBy(answer)
			if status, got := a.post(at.String(), bearer(forged)); status < 400 {
				a.breach("%s: a forged token: %d %s", name, status, got)
			}
			if status, got := a.post(at.String(), bearer(good)); status != http.StatusOK {
				a.breach("%s: the issuer's token: %d %s", name, status, got)
			}
		}
		if n := asked.Load(); n > 0 {
			a.breach("the gateway asked another server %d times", n)
		}
	})
	try(t, "claims", "has a token of the issuer that is for something else, or not for now", "it is refused", func(a *attack) {
		i := oauthtest.New(t, oauthAudience)
		_, at := a.oauthGateway(i, "--oauth-scope", "read")
		now := time.Now()
		for name, changes := range map[string]map[string]any{
			"another audience":        {"aud": "https://other.example"},
			"audiences of others":     {"aud": []string{"https://other.example", "https://third.example"}},
			"audience in a list":      {"aud": []any{[]string{oauthAudience}}},
			"audience and a number":   {"aud": []any{oauthAudience, 1}},
			"audience as a prefix":    {"aud": oauthAudience + ".evil.example"},
			"audience in capitals":    {"aud": strings.ToUpper(oauthAudience)},
			"audience with a slash":   {"aud": oauthAudience + "/"},
			"audience with a query":   {"aud": oauthAudience + "?x"},
			"audience with a blank":   {"aud": oauthAudience + " "},
			"two audiences in a word": {"aud": "https://other.example " + oauthAudience},
			"audience of any":         {"aud": "*"},
			"its own address":         {"aud": at.String()},
			"expired":                 {"exp": now.Add(-10 * time.Minute).Unix()},
			"expired, not yet valid":  {"exp": now.Add(-10 * time.Minute).Unix(), "nbf": now.Add(-time.Hour).Unix()},
			"expires before it began": {"exp": now.Add(-time.Hour).Unix(), "iat": now.Unix()},
			"expiry in milliseconds":  {"exp": now.Add(-time.Hour).UnixMilli() * 1e9},
			"infinite expiry":         {"exp": 1e308},
			"expiry as a date":        {"exp": now.Add(time.Hour).Format(time.RFC3339)},
			"expiry in a list":        {"exp": []int64{now.Add(time.Hour).Unix()}},
			"not yet":                 {"nbf": now.Add(time.Hour).Unix()},
			"issued in the future":    {"iat": now.Add(24 * time.Hour).Unix()},
			"no scope":                {"scope": nil},
			"a longer scope":          {"scope": "readwrite read:all"},
			"scope in capitals":       {"scope": "READ"},
			"scope with a tab":        {"scope": "x\tread"},
			"scope in scp only":       {"scope": "x", "permissions": []string{"read"}},
			"issuer with a port":      {"iss": i.URL + ":443"},
			"issuer with a path":      {"iss": i.URL + "/x/.."},
			"issuer with a user":      {"iss": strings.Replace(i.URL, "://", "://x@", 1)},
			"issuer in a list":        {"iss": []string{i.URL}},
		} {
			status, answer := a.post(at.String(), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+i.AccessToken(changes)) })
			if status != http.StatusUnauthorized && status != http.StatusForbidden {
				a.breach("%s: %d %s", name, status, answer)
			}
		}
		if status, answer := a.post(at.String(), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+i.AccessToken(nil)) }); status != http.StatusOK {
			a.Errorf("a good token: %d %s", status, answer)
		}
	})
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
