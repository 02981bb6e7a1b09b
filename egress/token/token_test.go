package token

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard/oauth/oauthtest"
	"github.com/spectap/spectap/internal/test/must"
)

// source is a source that a test plays.
type source struct {
	n    atomic.Int32
	life time.Duration
	now  func() time.Time
	fail atomic.Bool
}

func (s *source) Obtain(context.Context) (string, time.Time, error) {
	n := s.n.Add(1)
	if s.fail.Load() {
		return "", time.Time{}, errors.New("no")
	}
	if s.life == 0 {
		return fmt.Sprint("t", n), time.Time{}, nil
	}
	return fmt.Sprint("t", n), s.now().Add(s.life), nil
}

func (s *source) Secrets() []string { return []string{"of-the-source"} }

func newToken(life time.Duration) (*Token, *source, func(time.Duration)) {
	var at atomic.Int64
	at.Store(time.Now().UnixNano())
	now := func() time.Time { return time.Unix(0, at.Load()) }
	s := &source{life: life, now: now}
	t := New(s, "")
	t.now = now
	return t, s, func(d time.Duration) { at.Add(int64(d)) }
}

func value(t *testing.T, x *Token) string {
	t.Helper()
	c, err := x.Get(t.Context())
	if err != nil {
		return "error: " + err.Error()
	}
	return strings.TrimPrefix(c.Value, "Bearer ")
}

// A token is kept, replaced before it expires, and kept as long as it is valid if that fails.
func TestLife(t *testing.T) {
	x, s, add := newToken(10 * time.Minute)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := value(t, x); got != "t1" {
				t.Error(got)
			}
		})
	}
	all.Wait()
	add(9*time.Minute + time.Second)
	if got := value(t, x); got != "t2" {
		t.Errorf("a minute before the end: %s", got)
	}
	s.fail.Store(true)
	add(9*time.Minute + time.Second)
	for range 3 {
		if got := value(t, x); got != "t2" {
			t.Errorf("the source fails, and the token is valid: %s", got)
		}
	}
	if n := s.n.Load(); n != 3 {
		t.Errorf("the source was asked %d times", n)
	}
	add(time.Minute)
	if got := value(t, x); got != "error: no" {
		t.Errorf("it has expired: %s", got)
	}
	s.fail.Store(false)
	if got := value(t, x); got != "error: no" {
		t.Errorf("asked again at once: %s", got)
	}
	add(afterFailure)
	if got := value(t, x); got != "t5" {
		t.Error(got)
	}
	if got := strings.Join(x.Secrets(), " "); got != "t1 t2 t5 of-the-source" {
		t.Error(got)
	}
}

// A token that a server refuses is replaced once, whoever says so, and not again and again.
func TestRefused(t *testing.T) {
	x, s, add := newToken(0)
	c, err := x.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if x.Refused(t.Context(), c) {
		t.Error("a token that was just obtained is replaced")
	}
	add(afterRefusal)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if !x.Refused(t.Context(), c) {
				t.Error("there is no other token")
			}
		})
	}
	all.Wait()
	if got := value(t, x); got != "t2" || s.n.Load() != 2 {
		t.Errorf("%s after asking %d times", got, s.n.Load())
	}
	fixed := New(Text(" fixed\n"), "X-Key")
	c, err = fixed.Get(t.Context())
	if err != nil || c != (egress.Credential{In: egress.InHeader, Name: "X-Key", Value: "fixed"}) || fixed.Refused(t.Context(), c) {
		t.Errorf("%#v %v", c, err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		must.Do(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write("one\n")
	x := New(File(path), "")
	now := time.Now()
	x.now = func() time.Time { return now }
	c, err := x.Get(t.Context())
	if err != nil || c.Value != "Bearer one" {
		t.Fatal(err)
	}
	now = now.Add(afterRefusal)
	if x.Refused(t.Context(), c) {
		t.Error("the file is the same")
	}
	write("two")
	now = now.Add(afterRefusal)
	if !x.Refused(t.Context(), c) || value(t, x) != "two" {
		t.Error("a new token in the file is not read")
	}
	for name, x := range map[string]struct{ text, want string }{
		"empty":     {" \n", "the file of the token, " + path + ", is empty"},
		"two lines": {"a\nsecret-b", "characters that a header cannot have"},
		"large":     {strings.Repeat("secret", maxToken), "more than 65536 bytes"},
	} {
		write(x.text)
		if _, err := New(File(path), "").Get(t.Context()); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, x := range map[string]string{"folder": filepath.Dir(path), "no file": path + ".gone"} {
		if _, err := New(File(x), "").Get(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "read the token: ") || !strings.Contains(err.Error(), x) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	script := func(text string) Command {
		path := filepath.Join(dir, "run")
		must.Do(t, os.WriteFile(path, []byte(text), 0o700))
		return Command{"/bin/sh", path}
	}
	if got := value(t, New(script("echo noise >&2\necho the-token"), "")); got != "the-token" {
		t.Error(got)
	}
	for name, x := range map[string]struct{ text, want string }{
		"fails":   {"echo secret\necho secret >&2\nexit 3", "the command /bin/sh, which prints the token, failed: exit status 3; run it to see why"},
		"nothing": {"echo secret >&2", "the command /bin/sh prints no token"},
		"endless": {"while :; do echo secret-secret-secret; done | head -c 10000000", "the token has more than 65536 bytes"},
	} {
		if got := value(t, New(script(x.text), "")); got != "error: "+x.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got, _, err := script("head -c 1000000 /dev/zero | tr '\\0' x").Obtain(t.Context()); err != nil || len(got) != maxToken+1 {
		t.Errorf("of an endless token %d bytes are kept, %v", len(got), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := New(Command{"sleep", "100"}, "").Get(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > time.Minute {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
	jwt := "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, time.Now().Add(-time.Hour).Unix())) + ".x"
	if got := value(t, New(Text(jwt), "")); got != "error: the token has expired" {
		t.Errorf("a JWT that says it has expired: %s", got)
	}
}

// The latest tokens are looked for in answers, as a server may repeat one that was replaced since.
func TestSecrets(t *testing.T) {
	x, _, pass := newToken(time.Hour)
	for range maxUsed + 3 {
		value(t, x)
		pass(time.Hour)
	}
	if got := fmt.Sprint(x.Secrets()); got != "[t4 t5 t6 t7 of-the-source]" {
		t.Error(got)
	}
	value(t, x) // obtained anew
	if got := fmt.Sprint(x.Secrets()); got != "[t5 t6 t7 t8 of-the-source]" {
		t.Error(got)
	}
}

// If no other token can be obtained for a refused one, requests fail with the reason, for a while.
func TestRefusedAndNoOther(t *testing.T) {
	x, s, add := newToken(0)
	c := must.Get(x.Get(t.Context()))
	add(afterRefusal)
	s.fail.Store(true)
	if x.Refused(t.Context(), c) {
		t.Error("the source fails, and there is said to be another token")
	}
	s.fail.Store(false)
	if got := value(t, x); got != "error: no" {
		t.Errorf("at once: %s", got)
	}
	add(afterFailure)
	if got := value(t, x); got != "t3" || s.n.Load() != 3 {
		t.Errorf("later: %s after asking %d times", got, s.n.Load())
	}
	if got := value(t, New(Text(" "), "")); got != "error: the token is empty" {
		t.Error(got)
	}
}

const clientSecret = "s3cret/of+the client"

func TestClient(t *testing.T) {
	i := oauthtest.New(t, "")
	var form url.Values
	var basic []string
	answer, status := `{"access_token":"t1","token_type":"bearer","expires_in":600}`, http.StatusOK
	i.Token = func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		form = r.PostForm
		id, secret, _ := r.BasicAuth()
		basic = []string{id, secret}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(answer))
	}
	fetch := func(context.Context, string) ([]byte, error) {
		return fmt.Appendf(nil, `{"issuer":%q,"token_endpoint":%q}`, i.URL, i.URL+"/token"), nil
	}
	c := &Client{Issuer: i.URL, ID: "gate way", Secret: clientSecret, Scopes: []string{"a", "b"}, Resource: "https://mcp.example/mcp", Fetch: fetch}
	got, expires, err := c.Obtain(t.Context())
	if err != nil || got != "t1" || time.Until(expires) < 9*time.Minute || time.Until(expires) > 10*time.Minute {
		t.Fatal(got, expires, err)
	}
	if form.Encode() != "grant_type=client_credentials&resource=https%3A%2F%2Fmcp.example%2Fmcp&scope=a+b" || fmt.Sprint(basic) != "[gate+way s3cret%2Fof%2Bthe+client]" {
		t.Error(form, basic)
	}
	direct := &Client{TokenURL: i.URL + "/token", ID: "g", Secret: clientSecret}
	if _, _, err := direct.Obtain(t.Context()); err != nil || form.Encode() != "grant_type=client_credentials" {
		t.Error(form, err)
	}
	post := *c
	post.Fetch = func(context.Context, string) ([]byte, error) {
		return fmt.Appendf(nil, `{"issuer":%q,"token_endpoint":%q,"token_endpoint_auth_methods_supported":["client_secret_post"]}`, i.URL, i.URL+"/token"), nil
	}
	if _, _, err := post.Obtain(t.Context()); err != nil || form.Get("client_secret") != clientSecret || form.Get("client_id") != "gate way" || basic[0] != "" {
		t.Error(form, basic, err)
	}
	for name, x := range map[string]struct {
		status       int
		answer, want string
	}{
		"refused":        {401, `{"error":"invalid_client","error_description":"` + clientSecret + `"}`, "status 401, invalid_client"},
		"strange error":  {400, `{"error":"` + clientSecret + `"}`, "status 400"},
		"page":           {500, clientSecret, "status 500"},
		"no token":       {200, `{"token_type":"bearer","x":"` + clientSecret + `"}`, "no access_token"},
		"no JSON":        {200, clientSecret, "no access_token"},
		"DPoP":           {200, `{"access_token":"x","token_type":"DPoP"}`, "no bearer token"},
		"redirect":       {307, clientSecret, "status 307"},
		"large":          {200, strings.Repeat(" ", maxAnswer+1), "larger than 262144 bytes"},
		"largest":        {200, strings.Repeat(" ", maxAnswer), "no access_token"},
		"long error":     {400, `{"error":"` + strings.Repeat("e", 41) + `"}`, "status 400$"},
		"no token type":  {200, `{"access_token":"x y"}`, ""},
		"already a date": {200, `{"access_token":"x y","token_type":"bearer","expires_in":-5}`, ""},
	} {
		status, answer = x.status, x.answer
		_, _, err := c.Obtain(t.Context())
		if (err == nil) != (x.want == "") || err != nil && (!strings.Contains(err.Error()+"$", x.want) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for seconds, known := range map[string]bool{"1": true, `"1"`: true, "999999999": true, "1e9": false, "0": false, "-1": false, "null": false} {
		status, answer = 200, `{"access_token":"x","token_type":"Bearer","expires_in":`+seconds+`}`
		if _, expires, err := c.Obtain(t.Context()); err != nil || expires.IsZero() == known {
			t.Errorf("expires_in %s: %v, %v", seconds, expires, err)
		}
	}
	for name, x := range map[string]struct{ metadata, want string }{
		"no metadata": {"", "no such host"},
		"no endpoint": {fmt.Sprintf(`{"issuer":%q}`, i.URL), "its metadata names no token_endpoint"},
		"plain http":  {fmt.Sprintf(`{"issuer":%q,"token_endpoint":"http://login.example/token"}`, i.URL), "a URL in it is not https"},
	} {
		lost := &Client{Issuer: i.URL, ID: "g", Secret: clientSecret, Fetch: func(context.Context, string) ([]byte, error) {
			if x.metadata == "" {
				return nil, errors.New("no such host")
			}
			return []byte(x.metadata), nil
		}}
		form = nil
		_, _, err := lost.Obtain(t.Context())
		if err == nil || form != nil || !strings.HasPrefix(err.Error(), "the OAuth issuer gives the gateway no token: ") || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	form = nil
	nowhere := &Client{TokenURL: i.URL + "/token", Issuer: "ftp://login.example", ID: "g", Secret: clientSecret}
	if _, _, err := nowhere.Obtain(t.Context()); !errors.Is(err, egress.ErrOrigin) || form != nil {
		t.Errorf("an issuer that is no web server: %v", err)
	}
	for _, at := range []string{"http://login.example/token", "https://login.example/\x7f"} {
		plain := &Client{TokenURL: at, ID: "g", Secret: clientSecret}
		if _, _, err := plain.Obtain(t.Context()); err == nil || !strings.HasSuffix(err.Error(), ": the URL of its token endpoint is not https") {
			t.Errorf("%q: %v", at, err)
		}
	}
	private := &Client{Issuer: "https://login.example", ID: "g", Secret: clientSecret, Fetch: func(context.Context, string) ([]byte, error) {
		return fmt.Appendf(nil, `{"issuer":"https://login.example","token_endpoint":%q}`, i.URL+"/token"), nil
	}}
	form = nil
	if _, _, err := private.Obtain(t.Context()); err == nil || form != nil {
		t.Errorf("the secret is sent to this machine: %v", err)
	}
}
