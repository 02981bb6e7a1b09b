package replay

import (
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// newRequest returns a request that sends a flow again to its origin.
func newRequest(t *testing.T, f flow.Flow) *Request {
	t.Helper()
	r, err := New(f, []string{f.Request.Origin()}, redact.New([]byte("k"), redact.Config{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRewriteRefused says what of a draft cannot be sent.
func TestRewriteRefused(t *testing.T) {
	for _, x := range []struct {
		name   string
		change func(*Draft)
		want   string
	}{
		{"path", func(d *Draft) { d.Path = "x" }, "must begin with /"},
		{"space in the path", func(d *Draft) { d.Path = "/a b" }, `has " ", which must be escaped: write %20`},
		{"letter in the path", func(d *Draft) { d.Path = "/é" }, `has "é", which must be escaped: write %C3%A9`},
		{"query in the path", func(d *Draft) { d.Path = "/a?b" }, `has "?", which must be escaped: write %3F`},
		{"fragment in the path", func(d *Draft) { d.Path = "/a#b" }, `has "#", which must be escaped: write %23`},
		{"delete in the path", func(d *Draft) { d.Path = "/a\x7f" }, "which must be escaped: write %7F"},
		{"fragment in the query", func(d *Draft) { d.Query = "a=1#b" }, `has "#", which must be escaped: write %23`},
		{"line break in the query", func(d *Draft) { d.Query = "a=1\r\nX: y" }, "which must be escaped: write %0D"},
		{"escape", func(d *Draft) { d.Path = "/%zz" }, "makes no URL: a % must be followed by two hexadecimal digits"},
		{"coding", func(d *Draft) { d.Header = append(d.Header, egress.Pair{Name: "content-encoding", Value: "gzip"}) }, "cannot be set: a body that you write is not encoded"},
		{"header", func(d *Draft) { d.Header = append(d.Header, egress.Pair{Name: "X-A", Value: "b\r\nX-C: d"}) }, "X-A cannot be sent: "},
		{"name of a header", func(d *Draft) { d.Header = append(d.Header, egress.Pair{Name: "X A", Value: "b"}) }, "X A cannot be sent: "},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := newRequest(t, capturedFlow("http://a.example"))
			d := r.Draft()
			x.change(&d)
			if err := r.Rewrite(d); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v, want %q", err, x.want)
			}
		})
	}
}

// TestRewriteParts sends what a draft says: another method, no body, cookies of a header, and
// parameters that moved with their captured values.
func TestRewriteParts(t *testing.T) {
	r := newRequest(t, capturedFlow("http://a.example"))
	d := r.Draft()
	d.Method, d.Body = "put", new(string)
	key, page, _ := strings.Cut(d.Query, "&")
	d.Query = page + "&" + key + "&b=?"
	d.Header = append(d.Header, egress.Pair{Name: "cookie", Value: "x=1; y=2"}, egress.Pair{Name: "X-Last", Value: "z"})
	if err := r.Rewrite(d); err != nil {
		t.Fatal(err)
	}
	if r.Call.Method != "PUT" || len(r.Call.Body) != 0 || r.Call.URL.RawQuery != "page=1&api_key=k-1234567890abcdef&b=?" || r.Call.URL.EscapedPath() != "/login/%61" {
		t.Errorf("%s %s %q", r.Call.Method, r.Call.URL, r.Call.Body)
	}
	if got := named(r.Call.Header, "X-Last"); len(got) != 1 || got[0] != "z" {
		t.Errorf("the header behind cookies is %q", got)
	}
	var cookies []string
	for _, c := range r.Call.Cookies {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if got := strings.Join(cookies, "; "); got != "session=c00kie-value-abcdef; theme=dark; x=1; y=2" {
		t.Errorf("cookies %s", got)
	}
	if shown := r.Describe(); !strings.HasSuffix(shown, " and without a body") {
		t.Errorf("described as %s", shown)
	}
	if shown := r.ShownCall(); len(shown.Body) != 0 || strings.Contains(shown.URL.String(), "k-1234") {
		t.Errorf("shown as %s %q", shown.URL, shown.Body)
	}
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

// TestRootPath shows an empty path as "/", and sends it as it was.
func TestRootPath(t *testing.T) {
	f := capturedFlow("http://a.example")
	f.Request.Path = ""
	r := newRequest(t, f)
	d := r.Draft()
	if d.Path != "/" {
		t.Errorf("path %q", d.Path)
	}
	if err := r.Rewrite(d); err != nil || r.Call.URL.Host != "a.example" {
		t.Errorf("%s, %v", r.Call.URL, err)
	}
}

// TestPrepare prepares a request to the origin of its flow only. Only Reveal shows its secrets.
func TestPrepare(t *testing.T) {
	p := Person{Name: "user:t"}
	r := newRequest(t, capturedFlow("http://a.example"))
	ready, err := p.Prepare(r)
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	preview, err := ready.Preview()
	if err != nil {
		t.Fatal(err)
	}
	revealed, err := ready.Reveal()
	if err != nil {
		t.Fatal(err)
	}
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

// TestDraftOfBodies shows which bodies a person edits as text: also one that is empty.
func TestDraftOfBodies(t *testing.T) {
	for _, tt := range []struct {
		name, media, data string
		want              string // "none" for a body that is not text
	}{
		{"empty", "", "", ""}, {"text", "text/plain", "a\n", "a\n"}, {"JSON", "application/json", `{"a": 1}`, `{"a": 1}`},
		{"an image", "image/png", "\x89PNG\xff", "none"},
	} {
		f := capturedFlow("http://a.example")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: tt.media}}
		f.Request.Body = flow.Body{Data: []byte(tt.data), Size: int64(len(tt.data))}
		got := "none"
		if d := newRequest(t, f).Draft(); d.Body != nil {
			got = *d.Body
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestShownPaths shows paths as they are sent.
func TestShownPaths(t *testing.T) {
	for _, path := range []string{"/a+b", "/a%2Bb", "/a%20b", "/a%2Fb/c", "/%C3%A9"} {
		f := capturedFlow("http://a.example")
		f.Request.Path = path
		if got := newRequest(t, f).ShownCall().URL.EscapedPath(); got != path {
			t.Errorf("%s is shown as %s", path, got)
		}
	}
}
