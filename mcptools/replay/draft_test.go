package replay

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

// newRequest returns a request that sends a flow again to its origin.
func newRequest(t *testing.T, f flow.Flow) *Request {
	t.Helper()
	return must.Get(New(f, []string{f.Request.Origin()}, redact.New([]byte("k"), redact.Config{}), nil))
}

// TestRewriteOfCutBody refuses to send the beginning of a body as the whole, unless a person writes
// another one.
func TestRewriteOfCutBody(t *testing.T) {
	f := capturedFlow("http://a.example")
	f.Request.Body.Truncated = true
	r := newRequest(t, f)
	d := r.Draft()
	if err := r.Rewrite(d); err == nil || !strings.Contains(err.Error(), "kept only the beginning of the body") {
		t.Errorf("error %v", err)
	}
	text := "{}"
	d.Body = &text
	if err := r.Rewrite(d); err != nil || string(r.Call.Body) != "{}" {
		t.Errorf("sent %q, %v", r.Call.Body, err)
	}
}

// TestPrepare prepares a request to the origin of its flow only. Only Reveal shows its secrets.
func TestPrepare(t *testing.T) {
	p := Person{}
	r := newRequest(t, capturedFlow("http://a.example"))
	ready, err := p.Prepare(r)
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	preview := must.Get(ready.Preview())
	revealed := must.Get(ready.Reveal())
	for _, secret := range []string{"s3cr3t-token", "k-1234567890abcdef", "c00kie-value", "hunter2"} {
		if strings.Contains(string(preview), secret) || !strings.Contains(string(revealed), secret) {
			t.Errorf("%s is shown or not revealed:\n%s\n%s", secret, preview, revealed)
		}
	}
	other := newRequest(t, capturedFlow("http://a.example"))
	if other.Call.URL, err = url.Parse("http://b.example/login"); err != nil {
		t.Fatal(err)
	}
	if ready, err := p.Prepare(other); err == nil || ready != nil {
		t.Errorf("a request to another origin is ready: %v", err)
	}
}

// TestSecretOfPath sends a secret of the path where it was, and nowhere else.
func TestSecretOfPath(t *testing.T) {
	const key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
	start := func() (*Request, Draft, string) {
		f := capturedFlow("http://a.example")
		f.Request.Path = "/keys/" + key + "/uses"
		r := newRequest(t, f)
		d := r.Draft()
		mark := strings.Split(d.Path, "/")[2]
		if mark == key {
			t.Fatalf("the draft has the path %s", d.Path)
		}
		return r, d, mark
	}
	for _, tt := range []struct {
		name   string
		change func(d *Draft, mark string)
		want   string // the path; "" for an error
	}{
		{"unchanged", func(*Draft, string) {}, "/keys/" + key + "/uses"},
		{"another end", func(d *Draft, mark string) { d.Path = "/keys/" + mark + "/uses/1" }, "/keys/" + key + "/uses/1"},
		{"another beginning", func(d *Draft, mark string) { d.Path = "/all/" + mark }, "/all/" + key},
		{"another place of the path", func(d *Draft, mark string) { d.Path = "/keys/x/" + mark }, ""},
		{"in the query", func(d *Draft, mark string) { d.Query = "page=" + mark }, ""},
		{"in a header", func(d *Draft, mark string) { d.Header = append(d.Header, egress.Pair{Name: "X-A", Value: mark}) }, ""},
	} {
		r, d, mark := start()
		tt.change(&d, mark)
		err := r.Rewrite(d)
		if (err == nil) != (tt.want != "") || err == nil && r.Call.URL.EscapedPath() != tt.want {
			t.Errorf("%s: %s, %v", tt.name, r.Call.URL, err)
		}
		if tt.want == "" && err != nil && (strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "placeholder")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestUse shows no credential that a person chose, under any name, as short as it may be.
func TestUse(t *testing.T) {
	r := newRequest(t, capturedFlow("http://a.example"))
	r.Use(egress.Credential{In: egress.InHeader, Name: "X-Plain", Value: "one two"}, egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Basic b25l"},
		egress.Credential{In: egress.InCookie, Name: "plain", Value: "two"}, egress.Credential{In: egress.InQuery, Name: "p l", Value: "one&two"})
	c, shown := r.ShownCall(), ""
	for _, cr := range c.Credentials {
		shown += cr.Name + "=" + cr.Value + " "
	}
	mark := regexp.MustCompile(`\[redacted:\w+:\w+\]`)
	if got := mark.ReplaceAllString(shown+c.URL.RawQuery, "M"); got != "X-Plain=M Authorization=Basic M plain=M api_key=M&page=1&p+l=M" {
		t.Error(got)
	}
}

// TestRenew replaces the token in a form or in JSON, but not one that the caller wrote.
func TestRenew(t *testing.T) {
	for _, x := range [][2]string{{"_token=0ld-t0ken%2Bvalue", "true"}, {"title=csrf", "false"}} {
		f := capturedFlow("http://a.example")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
		f.Request.Body = flow.Body{Data: []byte(x[0]), Size: int64(len(x[0]))}
		if got := fmt.Sprint(newRequest(t, f).HasToken()); got != x[1] {
			t.Errorf("%s: %s", x[0], got)
		}
	}
	for media, bodies := range map[string][2]string{
		"application/x-www-form-urlencoded": {"_csrf=0ld-t0ken%2Bvalue&a=%2B", "_csrf=n%2Bw&a=%2B"}, "application/json": {`{"_csrf":"0ld-t0ken","a":1}`, `{"_csrf":"n+w","a":1}`},
	} {
		f := capturedFlow("http://a.example")
		f.Request.Header, f.Request.Body = flow.Header{{Name: "Content-Type", Value: media}}, flow.Body{Data: []byte(bodies[0]), Size: int64(len(bodies[0]))}
		r := newRequest(t, f)
		r.renew("_csrf", "n+w")
		r.renew("_csrf", "another")
		if got := string(r.Call.Body); got != bodies[1] {
			t.Errorf("%s, want %s", got, bodies[1])
		}
	}
}
