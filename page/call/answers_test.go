package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// append stores a flow of an answered GET.
func (x *fixture) append(change func(*flow.Flow)) flow.Seq {
	x.t.Helper()
	f := flow.Flow{ID: flow.NewID(), Source: "proxy", Done: true,
		Request: flow.Request{Method: "GET", Scheme: "http", Authority: x.host, Path: "/users/7"}, Response: &flow.Response{Status: 200}}
	change(&f)
	seq, err := x.store.Append(x.t.Context(), f)
	if err != nil {
		x.t.Fatal(err)
	}
	return seq
}

// message returns what the page shows of an error.
func message(err error) wire.Error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return wire.Error{Message: fmt.Sprint("not shown: ", err)}
	}
	return *e
}

// TestRefusedRequests checks what is said of requests that cannot be built, before and at sending.
func TestRefusedRequests(t *testing.T) {
	x := newFixture(t)
	post := &Operation{Host: x.host, Method: "POST", Path: "/users"}
	draft := &Draft{Method: "GET", Target: "/users/7"}
	const neither = "a request is an operation, or a flow with a draft"
	for _, tt := range []struct {
		name     string
		r        Request
		want     wire.Error
		problems string
	}{
		{"nothing", Request{}, wire.Error{Message: neither}, ""},
		{"an operation and a draft", Request{Operation: post, Draft: draft}, wire.Error{Message: neither}, ""},
		{"an operation and a flow", Request{Operation: post, Seq: 1}, wire.Error{Message: neither}, ""},
		{"all", Request{Operation: post, Seq: 1, Draft: draft}, wire.Error{Message: neither}, ""},
		{"a draft of no flow", Request{Draft: draft}, wire.Error{Message: neither}, ""},
		{"a flow without a draft", Request{Seq: 1}, wire.Error{Message: neither}, ""},
		{"a draft of a flow that is gone", Request{Seq: 99, Draft: draft}, wire.Error{Message: "this flow is no longer in the store", NotFound: true}, ""},
		{"another host", Request{Operation: &Operation{Host: "none.example", Method: "GET", Path: "/"}}, wire.Error{Message: "the document has no such operation to call: later flows changed it", NotFound: true}, ""},
		{"another operation", Request{Operation: &Operation{Host: x.host, Method: "PUT", Path: "/users"}},
			wire.Error{Message: "the document has no such operation to call: later flows changed it", NotFound: true}, ""},
		{"a credential that is gone", Request{Operation: post, Arguments: `{"requestBody":{"name":"a","age":1}}`, Credential: "flow:99"},
			wire.Error{Message: "this credential is no longer there", Try: "choose another one"}, ""},
		{"a wrong argument", Request{Operation: post, Arguments: `{"requestBody":1}`}, wire.Error{}, "requestBody"},
		{"no JSON", Request{Operation: post, Arguments: `{`}, wire.Error{}, "JSON"},
		{"a method that is none", Request{Seq: 1, Draft: &Draft{Method: "G T", Target: "/"}}, wire.Error{}, "method is not allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p Prepared
			err := x.call("prepare", tt.r, &p)
			if tt.problems != "" {
				if err != nil || len(p.Problems) == 0 || !strings.Contains(fmt.Sprint(p.Problems), tt.problems) || p.Digest != "" || p.Problems[0].Reason == "" {
					t.Errorf("%+v, %v", p, err)
				}
			} else if got := message(err); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			want := "nothing was sent: the request would differ from the one that was shown"
			try := "look at it again, then send it"
			switch tt.problems {
			case "":
				want += ": " + tt.want.Message
			case "method is not allowed":
				want, try = "nothing was sent: method is not allowed", ""
			}
			err = x.call("send", SendRequest{Request: tt.r, Digest: "x"}, &Sent{})
			if got := message(err); !strings.HasPrefix(got.Message, want) || got.Try != try {
				t.Errorf("send: %+v, want %s", got, want)
			}
		})
	}
	if got := x.took(); got != "" {
		t.Errorf("sent %s", got)
	}
}

// TestForms checks what a form says of an operation.
func TestForms(t *testing.T) {
	x := newFixture(t)
	for range 2 {
		x.append(func(f *flow.Flow) { f.Request.Path, f.Request.RawQuery = "/status", "page=1" })
	}
	for _, tt := range []struct {
		op        Operation
		arguments []Argument
		secured   bool
	}{
		{Operation{x.host, "GET", "/users/{userId}"}, []Argument{{"userId", "path", "userId"}}, true},
		{Operation{x.host, "GET", "/status"}, []Argument{{"page", "query", "page"}}, false},
		{Operation{x.host, "POST", "/users"}, []Argument{}, true},
	} {
		var f Form
		err := x.call("form", tt.op, &f)
		if err != nil || !reflect.DeepEqual(f.Arguments, tt.arguments) || f.Secured != tt.secured || (len(f.Credentials) > 0) != tt.secured || f.Origin != "http://"+x.host || !json.Valid([]byte(f.Schema)) {
			t.Errorf("%v: %+v, %v", tt.op, f, err)
		}
	}
}

// TestShown checks which errors a person sees as such.
func TestShown(t *testing.T) {
	other := errors.New("at /home/ann")
	for _, tt := range []struct {
		err  error
		want wire.Error
	}{
		{fmt.Errorf("x: %w", &tool.Error{Message: "too long"}), wire.Error{Message: "too long"}},
		{fmt.Errorf("x: %w", store.ErrNotFound), wire.Error{Message: "this flow is no longer in the store", NotFound: true}},
		{fmt.Errorf("x: %w", &catalog.NoHostError{}), wire.Error{Message: "the store has no flows of this host", NotFound: true}},
		{fmt.Errorf("x: %w", catalog.ErrNoFlows), wire.Error{Message: "the store has no flows of this host", NotFound: true}},
		{fmt.Errorf("x: %w", &catalog.NotReadyError{}), wire.Error{Message: (&catalog.NotReadyError{}).Error(), Try: "open it again in a few seconds"}},
		{&wire.Error{Message: "m", Column: 3}, wire.Error{Message: "m", Column: 3}},
	} {
		if got := message(shown(tt.err)); got != tt.want {
			t.Errorf("%v: %+v", tt.err, got)
		}
	}
	if err := shown(other); err != other {
		t.Errorf("%v", err)
	}
	if got := message(changed(other)); strings.Contains(got.Message, "ann") {
		t.Errorf("%+v", got)
	}
}

// TestPreparedAs checks what is shown of requests with several kinds of bodies.
func TestPreparedAs(t *testing.T) {
	x := newFixture(t)
	var p Prepared
	if err := x.call("prepare", x.create(`{"requestBody":{"name":"bob","age":3}}`), &p); err != nil {
		t.Fatal(err)
	}
	if p.Type != "application/json" || string(p.Body) != `{"name":"bob","age":3}` || p.Origin != "http://"+x.host || !strings.HasPrefix(p.Text, "POST /users HTTP/1.1\r\n") || strings.Contains(p.Text, "bob") {
		t.Errorf("%+v", p)
	}
	read := Request{Seq: 1, Draft: &Draft{Method: "GET", Target: "/users/1"}}
	p = Prepared{}
	if err := x.call("prepare", read, &p); err != nil || p.Writes || !p.Local || len(p.Body) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestNotStored checks that the person gets the answer if it could not be stored.
func TestNotStored(t *testing.T) {
	x := newFixture(t)
	var log bytes.Buffer
	x.panel = Panel(Config{
		Store: x.store, Documents: documents{catalog.New(catalog.Config{Store: x.store})}, Redact: redact.New([]byte("k"), redact.Config{}),
		Person: replay.Person{Name: "user:t"}, Record: func(context.Context, flow.Flow) (flow.Seq, error) { return 77, errors.New("the disk is full") },
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	r := x.create(`{"requestBody":{"name":"bob","age":3}}`)
	var p Prepared
	if err := x.call("prepare", r, &p); err != nil {
		t.Fatal(err)
	}
	var s Sent
	began := time.Now()
	if err := x.call("send", SendRequest{Request: r, Digest: p.Digest, Seconds: 60}, &s); err != nil {
		t.Fatal(err)
	}
	if s.Status != 200 || s.Seq != 0 || s.NotStored != "the store could not be written" || s.Type != "application/json" || string(s.Body) != `{"authorization":""}` || s.Cut {
		t.Errorf("%+v", s)
	}
	if !slices.Contains(s.Headers, Pair{"Content-Type", "application/json"}) {
		t.Errorf("%v", s.Headers)
	}
	if ms := float64(time.Since(began).Microseconds()) / 1000; s.Took <= 0 || s.Took > ms {
		t.Errorf("took %v ms of %v", s.Took, ms)
	}
	if text := log.String(); !strings.Contains(text, "the disk is full") || !strings.Contains(text, "method=POST origin=http://"+x.host) || !strings.Contains(text, "verdict=allow") || strings.Contains(text, "bob") {
		t.Errorf("logged %s", text)
	}
}

// TestSecondsToWait checks that a request waits for an answer as long as the person says.
func TestSecondsToWait(t *testing.T) {
	x := newFixture(t)
	x.wait = make(chan struct{})
	defer close(x.wait)
	r := x.create(`{"requestBody":{"name":"bob","age":3}}`)
	var p Prepared
	if err := x.call("prepare", r, &p); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err := x.call("send", SendRequest{Request: r, Digest: p.Digest, Seconds: .05}, &Sent{})
	if took := time.Since(began); err == nil || took < 50*time.Millisecond || took > 20*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
}

// TestRecordedFlows checks which flows of an operation are listed, and in which order.
func TestRecordedFlows(t *testing.T) {
	x := newFixture(t)
	x.store = storetest.NewMemory()
	p := &panel{Config: Config{Store: x.store, Documents: documents{catalog.New(catalog.Config{Store: x.store})}, Redact: redact.New([]byte("k"), redact.Config{})}}
	status := func(n int) func(*flow.Flow) { return func(f *flow.Flow) { f.Response.Status = n } }
	for range 3 {
		x.append(status(200))
	}
	x.append(func(f *flow.Flow) { f.Response, f.Done = nil, false })
	x.append(func(f *flow.Flow) { f.Request.Path = "/other" })
	x.append(func(f *flow.Flow) { f.Request.Method = "DELETE" })
	x.append(status(400))
	x.append(status(399))
	x.append(func(f *flow.Flow) { f.Request.RawQuery = "q=1&access_token=" + token })
	x.append(status(500))
	list := func() (out []string) {
		l, err := p.recorded(t.Context(), Operation{x.host, "GET", "/users/{userId}"})
		if err != nil || l.Flows == nil {
			t.Fatalf("%+v, %v", l, err)
		}
		for _, r := range l.Flows {
			out = append(out, fmt.Sprint(r.Seq, " ", r.Status))
			if strings.Contains(r.Target, token) || !strings.HasPrefix(r.Target, "/users/7") || (r.Seq == 9) != strings.Contains(r.Target, "?q=1&access_token=") {
				t.Errorf("%+v", r)
			}
		}
		return out
	}
	if got := strings.Join(list(), ", "); got != "9 200, 8 399, 3 200, 2 200, 1 200, 10 500, 7 400" {
		t.Errorf("listed %s", got)
	}
	for range maxRecorded - 6 {
		x.append(status(200))
	}
	if got := list(); len(got) != maxRecorded || got[maxRecorded-1] != "10 500" {
		t.Errorf("%d flows, the last is %s", len(got), got[len(got)-1])
	}
	for range 3 {
		x.append(status(200))
	}
	if got := list(); len(got) != maxRecorded || got[maxRecorded-1] != "2 200" && got[maxRecorded-1] != "3 200" {
		t.Errorf("%d flows, the last is %s", len(got), got[len(got)-1])
	}
}

// TestWithoutSecrets checks which values of arguments do not fill a form.
func TestWithoutSecrets(t *testing.T) {
	const hidden = placeholder.Prefix + "key:1]"
	for _, tt := range []struct{ in, want, hidden string }{
		{`{"a":1,"b":"x"}`, `{"a":1,"b":"x"}`, ""},
		{`{"a":"` + hidden + `","b":"x"}`, `{"b":"x"}`, "a"},
		{`{"a":{"b":"Bearer ` + hidden + `","c":true},"d":null}`, `{"a":{"c":true},"d":null}`, "a.b"},
		{`{"l":["x","` + hidden + `",{"m":["` + hidden + `"]}]}`, `{"l":["x",{"m":[]}]}`, "l[1] l[2].m[0]"},
	} {
		v, err := orderedjson.Decode([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		got, ok := withoutSecrets(v, "", &names)
		if text := string(orderedjson.Encode(got)); !ok || text != tt.want || strings.Join(names, " ") != tt.hidden {
			t.Errorf("%s became %s without %q", tt.in, text, names)
		}
	}
	if got, ok := withoutSecrets(hidden, "a", new([]string)); ok || got != nil {
		t.Errorf("%v", got)
	}
}

// TestDraftOf checks what a person edits of a flow, and what becomes of it.
func TestDraftOf(t *testing.T) {
	x := newFixture(t)
	seq := x.append(func(f *flow.Flow) {
		f.Request.Method, f.Request.RawQuery = "PUT", "a=1&b=2"
		f.Request.Header = flow.Header{{Name: "X-A", Value: "1"}, {Name: "Cookie", Value: "c=1; theme=dark"}, {Name: "Content-Type", Value: "application/octet-stream"}}
		f.Request.Body = flow.Body{Data: []byte{0xff, 0, 0xfe}, Size: 3}
	})
	var d Draft
	if err := x.call("draft", DraftQuery{seq}, &d); err != nil {
		t.Fatal(err)
	}
	if d.Origin != "http://"+x.host || d.Method != "PUT" || d.Target != "/users/7?a=1&b=2" || !d.Binary || d.Body != "" || len(d.Headers) != 3 {
		t.Errorf("%+v", d)
	}
	if last := d.Headers[len(d.Headers)-1]; last.Name != "Cookie" || strings.Count(last.Value, "; ") != 1 || !strings.Contains(last.Value, "theme=") {
		t.Errorf("%+v", last)
	}
	for _, tt := range []struct {
		d    Draft
		body string
	}{{Draft{Binary: true}, "as captured"}, {Draft{Binary: true, Body: "b"}, "b"}, {Draft{Body: "b"}, "b"}, {Draft{}, ""}} {
		tt.d.Target, tt.d.Headers = "/p?q=1?2", []Pair{{"A", "1"}, {"B", "2"}}
		e, body := tt.d.edited(), "as captured"
		if e.Body != nil {
			body = *e.Body
		}
		if body != tt.body || e.Path != "/p" || e.Query != "q=1?2" || fmt.Sprint(e.Header) != "[{A 1} {B 2}]" {
			t.Errorf("%+v: %+v with the body %s", tt.d, e, body)
		}
	}
}

// marking is a redactor that adds a header.
type marking struct{ replay.Redactor }

func (marking) Flow(f flow.Flow) flow.Flow {
	f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Redacted", Value: "yes"})
	return f
}

// TestChosenCredentialsAreHidden checks where the credentials of a call go, and that nothing shows
// them, whatever they are called.
func TestChosenCredentialsAreHidden(t *testing.T) {
	u, err := url.Parse("https://api.example/a%2Fb?x=1")
	if err != nil {
		t.Fatal(err)
	}
	c := egress.Call{Method: http.MethodPost, URL: u, Body: []byte("b"), Header: []egress.Pair{{Name: "X-A", Value: "1"}}, Cookies: []egress.Pair{{Name: "own", Value: "2"}}}
	credentials := []egress.Credential{
		{In: egress.InHeader, Name: "X-Plain", Value: "secret one"}, {In: egress.InCookie, Name: "plain", Value: "secret-two"}, {In: egress.InQuery, Name: "p l", Value: "secret&three"},
	}
	f, err := flowOf(c, credentials)
	if err != nil {
		t.Fatal(err)
	}
	q := f.Request
	want := flow.Header{{Name: "X-A", Value: "1"}, {Name: "X-Plain", Value: "secret one"}, {Name: "Cookie", Value: "own=2; plain=secret-two"}}
	if !reflect.DeepEqual(q.Header, want) || q.RawQuery != "x=1&p+l=secret%26three" || q.Scheme != "https" || q.Authority != "api.example" || q.Path != "/a%2Fb" || q.Method != "POST" || string(q.Body.Data) != "b" || q.Body.Size != 1 {
		t.Errorf("%+v", q)
	}
	h := hiding{marking{}, map[string]string{"secret one": "M1", "secret-two": "M2", "secret&three": "M3"}}
	shown := h.Flow(f).Request
	want = flow.Header{{Name: "X-A", Value: "1"}, {Name: "X-Plain", Value: "M1"}, {Name: "Cookie", Value: "own=2; plain=M2"}, {Name: "X-Redacted", Value: "yes"}}
	if !reflect.DeepEqual(shown.Header, want) || shown.RawQuery != "x=1&p+l=M3" {
		t.Errorf("shown as %+v", shown)
	}
	if f.Request.Header[1].Value != "secret one" {
		t.Error("the flow itself was changed")
	}
	plain, err := flowOf(egress.Call{Method: "GET", URL: &url.URL{Scheme: "https", Host: "h", Path: "/"}}, credentials[2:])
	if err != nil || plain.Request.RawQuery != "p+l=secret%26three" || len(plain.Request.Header) > 0 {
		t.Errorf("%+v, %v", plain.Request, err)
	}
	if _, err := flowOf(egress.Call{URL: &url.URL{Scheme: "ftp", Host: "h"}}, nil); !errors.Is(err, egress.ErrOrigin) {
		t.Errorf("%v", err)
	}
}

// TestChoices checks which credentials of flows a person can choose.
func TestChoices(t *testing.T) {
	x := newFixture(t)
	x.host, x.store = "api.example", storetest.NewMemory()
	form := spectools.Form{Origin: "http://api.example", Security: [][]spectools.Scheme{{{Name: "key", SecurityScheme: &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}}}}}
	with := func(key string, status int, scheme string) {
		x.append(func(f *flow.Flow) {
			f.Request.Header, f.Request.Scheme = flow.Header{{Name: "X-Key", Value: key}}, scheme
			if f.Response.Status = status; status == 0 {
				f.Response, f.Done = nil, false
			}
		})
	}
	p := &panel{Config: Config{Store: x.store}}
	p.Environment.Get = func(string) string { return "" }
	choices := func() string {
		t.Helper()
		list, err := p.choices(t.Context(), x.host, form)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range list {
			out = append(out, c.ID+" "+c.Name)
		}
		return strings.Join(out, ", ")
	}
	for i, status := range []int{200, 404, 500, 401, 403, 0} {
		with(fmt.Sprint("key", i), status, "http")
	}
	with("key6", 200, "https")
	with("", 200, "http")
	with("key2", 200, "http")
	with("key2", 402, "http")
	if got := choices(); got != "flow:10 key of flow 10, flow:2 key of flow 2, flow:1 key of flow 1" {
		t.Errorf("choices: %s", got)
	}
	for i := range maxChoices {
		with(fmt.Sprint("another", i), 200, "http")
	}
	if got := choices(); strings.Count(got, "flow:") != maxChoices || !strings.HasPrefix(got, "flow:18 key of flow 18, ") || !strings.HasSuffix(got, "flow:11 key of flow 11") {
		t.Errorf("choices: %s", got)
	}
	form.Security = nil
	if got := choices(); got != "" {
		t.Errorf("choices of an operation without credentials: %s", got)
	}
}
