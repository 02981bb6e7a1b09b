package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

// edited returns the draft of a request after edits; "-" before one removes.
func edited(t *testing.T, d Draft, template *Template, texts ...string) (Draft, error) {
	t.Helper()
	var edits []Edit
	for _, text := range texts {
		text, remove := strings.CutPrefix(text, "-")
		e := must.Get(ParseEdit(text, remove))
		edits = append(edits, e)
	}
	err := d.Edit(edits, template)
	return d, err
}

func TestEditDraft(t *testing.T) {
	template := &Template{Path: "/v1/users/{user}/files/{name}.txt", Params: map[string]string{"user": "a%20b", "name": "x"}}
	body := "{\n  \"s\": \"t\",\n  \"n\": 1.0,\n  \"list\": [{\"q\": 1}, {\"q\": 2}],\n  \"o\": {}\n}"
	start := func() Draft {
		b := body
		return Draft{Method: "POST", Path: "/v1/users/a%20b/files/x.txt", Query: "a=1&b=2&a=3",
			Header: []egress.Pair{{Name: "Content-Type", Value: "application/json"}, {Name: "X-A", Value: "1"}, {Name: "x-a", Value: "2"}}, Body: &b}
	}
	for _, tt := range []struct{ edit, want string }{
		{"query.a=x y", "query a=x+y&b=2"},
		{"query.c=&", "query a=1&b=2&a=3&c=%26"},
		{"query.c=[redacted:secret:0123456789]", "query a=1&b=2&a=3&c=[redacted:secret:0123456789]"},
		{"-query.a", "query b=2"},
		{"query=z", "query z"},
		{"path.user=c/d", "path /v1/users/c%2Fd/files/x.txt"},
		{"path.name=y", "path /v1/users/a%20b/files/y.txt"},
		{"path.1=v2", "path /v2/users/a%20b/files/x.txt"},
		{"body.s=1", strings.Replace(body, `"t"`, `"1"`, 1)},
		{"body.s:=1", strings.Replace(body, `"t"`, `1`, 1)},
		{"body.n=2e1", strings.Replace(body, `1.0`, `2e1`, 1)},
		{"body.n=two", strings.Replace(body, `1.0`, `"two"`, 1)},
		{"body.list.1.q=9", strings.Replace(body, `{"q": 2}`, `{"q": 9}`, 1)},
		{"body.list.-=7", strings.Replace(body, `{"q": 2}`, `{"q": 2}, 7`, 1)},
		{"body.list.2=7", strings.Replace(body, `{"q": 2}`, `{"q": 2}, 7`, 1)},
		{"body.list.0.r=x\"", strings.Replace(body, `{"q": 1}`, `{"q": 1,"r": "x\""}`, 1)},
		{"body.o.new=null", strings.Replace(body, `{}`, `{"new":null}`, 1)},
		{"body.new=[1]", strings.Replace(body, "{}\n", "{},\n  \"new\": [1]\n", 1)},
		{"-body.s", "{\n  \"n\"" + body[strings.Index(body, `: 1.0`):]},
		{"-body.o", strings.Replace(body, ",\n  \"o\": {}", "", 1)},
		{"-body.list.0", strings.Replace(body, `{"q": 1}, `, "", 1)},
		{"body=x", "x"},
	} {
		d, err := edited(t, start(), template, tt.edit)
		if err != nil {
			t.Errorf("%s: %v", tt.edit, err)
			continue
		}
		got := *d.Body
		switch in, _, _ := strings.Cut(tt.want, " "); in {
		case "query":
			got = "query " + d.Query
		case "path":
			got = "path " + d.Path
		}
		if got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.edit, got, tt.want)
		}
	}
	for _, bad := range []string{"path.9=x", "path.nope=x", "path.1=", "body.list.5=1", "body.list.x=1", "body.none.x=1", "body.s.x=1", "-body.none", "-query.z", "-header.Z", "-cookie.z"} {
		if _, err := edited(t, start(), template, bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	d, err := edited(t, start(), nil, "header.X-A=3", "header.New=a", "cookie.c=d")
	if err != nil || len(d.Header) != 3 || d.Header[1].Value != "3" || d.Header[2].Name != "New" || d.Cookies[0].Value != "d" {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = edited(t, Draft{Header: start().Header}, nil, "query.a=1", "query.b=2", "-header.content-type", "-query.a")
	if err != nil || d.Query != "b=2" || len(d.Header) != 2 || d.Header[0].Name != "X-A" {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := edited(t, Draft{}, nil, "query.a b=1"); err != nil || d.Query != "a+b=1" {
		t.Errorf("%q, %v", d.Query, err)
	}
	form := start()
	fields := "a=1&b=%20"
	form.Body, form.Header = &fields, []egress.Pair{{Name: "Content-Type", Value: "application/x-www-form-urlencoded; charset=utf-8"}}
	if form, err = edited(t, form, nil, "body.b=é", "-body.a"); err != nil || *form.Body != "b=%C3%A9" {
		t.Errorf("%q, %v", *form.Body, err)
	}
	twice := `{"a":1,"a":2}`
	if _, err := edited(t, Draft{Body: &twice}, nil, "body.a=3"); err == nil {
		t.Error("a member that is there twice was set")
	}
}

// capturedFlow is a flow with secrets in every place, to url.
func capturedFlow(url string) flow.Flow {
	return flow.Flow{ID: flow.NewID(), Source: "proxy", Done: true, Request: flow.Request{
		Method: "POST", Scheme: "http", Authority: strings.TrimPrefix(url, "http://"), Path: "/login/%61", RawQuery: "api_key=k-1234567890abcdef&page=1",
		Header: flow.Header{{Name: "Authorization", Value: "Bearer s3cr3t-token-value-123456"}, {Name: "Cookie", Value: "session=c00kie-value-abcdef; theme=dark"},
			{Name: "Content-Type", Value: "application/json"}},
		Body: flow.Body{Data: []byte(`{"password":"hunter2-hunter2","user":"ann"}`), Size: 43},
	}, Response: &flow.Response{Status: 200}}
}

// What a person leaves as it is shown is sent as it was captured, with its secrets; the edited
// parts are sent as edited. Nothing that is shown has a secret, not even of the answer.
func TestRewrite(t *testing.T) {
	var got *http.Request
	var body string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, body = r, string(data)
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		io.WriteString(w, body)
	}))
	defer srv.Close()
	f := capturedFlow(srv.URL)
	r := must.Get(New(f, []string{srv.URL}, redact.New([]byte("k"), redact.Config{}), nil))
	d, err := edited(t, r.Draft(), nil, "query.page=2", "path.1=sign in", "header.X-New=n", "cookie.theme=light", "body.user=bob")
	if err != nil {
		t.Fatal(err)
	}
	must.Do(t, r.Rewrite(d))
	p := Person{}
	ready := must.Get(p.Prepare(r))
	defer ready.Close()
	preview := must.Get(ready.Preview())
	if !ready.Holds() {
		t.Error("a POST needs no consent")
	}
	_, shown, err := ready.Send(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/sign%20in/%61?api_key=k-1234567890abcdef&page=2"; got.RequestURI != want {
		t.Errorf("sent %s, want %s", got.RequestURI, want)
	}
	if got.Header.Get("Authorization") != "Bearer s3cr3t-token-value-123456" || got.Header.Get("Cookie") != "session=c00kie-value-abcdef; theme=light" ||
		got.Header.Get("X-New") != "n" || body != `{"password":"hunter2-hunter2","user":"bob"}` {
		t.Errorf("sent %v %s", got.Header, body)
	}
	answer := shown.Response.Header.Get("X-Echo") + string(shown.Response.Body.Data)
	for _, secret := range []string{"s3cr3t", "k-1234", "c00kie", "hunter2"} {
		if strings.Contains(string(preview), secret) || strings.Contains(answer, secret) {
			t.Errorf("%s is shown:\n%s\n%s", secret, preview, answer)
		}
	}
	for _, want := range []string{"POST /sign%20in/%61?api_key=[redacted:", "&page=2 HTTP/1.1\r\n", "X-New: n\r\n", `"user":"bob"`, "theme=light"} {
		if !strings.Contains(string(preview), want) {
			t.Errorf("the preview lacks %q:\n%s", want, preview)
		}
	}
}

// A placeholder that a person moves to another place is refused.
func TestMovedPlaceholder(t *testing.T) {
	f := capturedFlow("http://a.example")
	for _, move := range []string{"header.X-A=", "query.page=", "path.1=", "cookie.theme=", "body.user="} {
		r := must.Get(New(f, []string{"http://a.example"}, redact.New([]byte("k"), redact.Config{}), nil))
		mark, _ := strings.CutPrefix(named(r.Draft().Header, "Authorization")[0], "Bearer ")
		d := must.Get(edited(t, r.Draft(), nil, move+mark))
		if err := r.Rewrite(d); err == nil {
			t.Errorf("%s: the secret would be sent: %+v", move, r.Call)
		}
	}
}

// resolver looks every name up as loopback.
type resolver struct{}

func (resolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// Addresses follow the rules of egress: a name that leads to this machine is refused unless the
// person allows it, and an imported flow to a literal address is held.
func TestPrivateAddresses(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	get := func(url string, imported uint64) *Request {
		f := capturedFlow(url)
		f.Import = imported
		f.Request.Method, f.Request.Body, f.Request.Path = "GET", flow.Body{}, "/x"
		return must.Get(New(f, []string{f.Request.Origin()}, redact.New([]byte("k"), redact.Config{}), nil))
	}
	p := Person{TLS: func(*url.URL) *tls.Config { return &tls.Config{} }}
	for _, tt := range []struct {
		name     string
		imported uint64
		holds    bool
	}{{"recorded", 0, false}, {"imported", 1, true}} {
		ready := must.Get(p.Prepare(get(srv.URL, tt.imported)))
		defer ready.Close()
		if got := ready.Holds(); got != tt.holds {
			t.Errorf("%s is held: %v", tt.name, got)
		}
	}
	p.resolver = resolver{}
	ready := must.Get(p.Prepare(get("http://rebound.example", 0)))
	defer ready.Close()
	if _, _, err := ready.Send(t.Context(), time.Minute); !errors.Is(err, egress.ErrAddress) && !strings.Contains(err.Error(), egress.ErrAddress.Error()) {
		t.Errorf("a name of a private address: %v", err)
	}
}
