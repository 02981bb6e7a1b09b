package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/openapi"
)

const wordy = `
openapi: 3.0.3
info: {title: Wordy, version: "1"}
servers: [{url: "https://wordy.example.com/v1"}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
paths:
  /send:
    post:
      operationId: send
      security: [{key: [], basic: []}, {}]
      parameters:
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: sid, in: cookie, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
        - {name: X-HTTP-Method-Override, in: header, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200": {description: ok, content: {application/xml: {}, "application/problem+json; charset=utf-8": {}, application/json: {}, "text/*": {}, bad: {}}}
        default: {description: failed, content: {application/json: {}, "text/*; charset=utf-8": {}}}
  /get:
    get: {operationId: get, responses: {"200": {description: ok}}}
    put: {operationId: put, responses: {"200": {description: ok}}}
    delete: {operationId: remove, responses: {"200": {description: ok}}}
`

// A person who decides sees the whole request: method, URL, headers, cookies, body, and what a server
// may take it for. A request without a part does not speak of it.
func TestQuestionShowsTheRequest(t *testing.T) {
	for _, tt := range []struct {
		tool, args string
		want       string // after the URL of the server
	}{
		{"send", `{"X-Trace":"t1","sid":"s1","q":"a b","requestBody":{"n":1}}`,
			"/send?q=a%20b with X-Trace: t1; Cookie: sid=s1 and a body of 7 bytes (application/json): {\"n\":1}. Send it?"},
		{"send", `{"requestBody":{}}`, "/send with a body of 2 bytes (application/json): {}. Send it?"},
		{"send", `{"X-HTTP-Method-Override":"DELETE"}`, "/send with X-HTTP-Method-Override: DELETE. A server may handle it as DELETE. Send it?"},
		{"remove", `{}`, "/get. Send it?"},
	} {
		a := newAPI(t)
		h := &heard{}
		r := call(t, connect(t, newSet(t, wordy, Options{BaseURL: a.URL}), false, client.WithElicitationHandler(h)), tt.tool, tt.args)
		_, got, ok := strings.Cut(h.text, a.URL+"/v1")
		if !ok || strings.Join(strings.Fields(got), " ") != tt.want {
			t.Errorf("%s %s:\ngot  %s\nwant %s", tt.tool, tt.args, h.text, tt.want)
		}
		if len(a.requests()) != 0 || !r.IsError {
			t.Errorf("%s: sent although the user declined", tt.tool)
		}
	}
}

// The action of a held call is what its last method does.
func TestActionsOfHeldCalls(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, wordy, Options{BaseURL: a.URL}), false)
	for tool, want := range map[string]string{"send": "create_resource", "put": "update_resource", "remove": "delete_resource"} {
		r := call(t, c, tool, `{}`)
		if r.Raw["action"] != want || !strings.HasPrefix(r.text, "confirmation_request ("+want+"): "+tool+" would send ") || !strings.Contains(r.text, " Nothing was sent. Ask the user; ") {
			t.Errorf("%s: %s", tool, r.text)
		}
		if r := call(t, c, tool, `{"__confirmed":false}`); r.Type == "api_response" {
			t.Errorf("%s: %s", tool, r.text)
		}
	}
	if r := call(t, c, "remove", `{"__confirmed":true}`); r.Type != "api_response" {
		t.Errorf("%s", r.text)
	}
	if r := call(t, c, "remove", `{"__confirmed":true}`); !strings.Contains(r.text, "counts only for the very same arguments of a call that is held: repeat the call without it first.") {
		t.Errorf("%s", r.text)
	}
}

// A log has each call with its arguments and result, and the audit the digest of the arguments, who
// agreed, and the status.
func TestWhatIsRecordedOfCalls(t *testing.T) {
	a := newAPI(t)
	var log []Transaction
	journal := &records{}
	s := newSet(t, wordy, Options{BaseURL: a.URL, Audit: journal, Log: func(x Transaction) { log = append(log, x) }, Principal: func(context.Context) string { return "ann" }})
	c := connect(t, s, false)
	call(t, c, "get", `{}`)
	call(t, c, "send", `{"q":"1"}`)
	call(t, c, "send", `{"q":"1","__confirmed":true}`)
	call(t, c, "get", `{"x":1}`)
	a.Close()
	call(t, c, "get", `{}`)
	var got []string
	for _, x := range log {
		got = append(got, fmt.Sprintf("%s %s %s %s %v", x.Tool, x.Method, x.Path, x.Arguments, x.IsError))
		if x.Start.IsZero() || x.Took <= 0 || !strings.HasPrefix(x.Principal, "ann") || !json.Valid(x.Result) {
			t.Errorf("%+v", x)
		}
	}
	want := `get GET /get {} false; send POST /send {"q":"1"} false; send POST /send {"q":"1","__confirmed":true} false; get GET /get {"x":1} true; get GET /get {} true`
	if strings.Join(got, "; ") != want {
		t.Errorf("the log has\n%s", strings.Join(got, "; "))
	}
	got = nil
	digest := map[string]string{}
	for _, r := range journal.all {
		got = append(got, fmt.Sprintf("%s %s %s %s %d %v %q", r.Tool, r.Event, r.Decision, r.Confirmed, r.Status, r.Arguments != "", r.Error))
		if r.Tool == "send" && digest["send"] != "" && digest["send"] != r.Arguments || !strings.HasPrefix(r.Principal, "ann") || r.Path == "" || r.Method == "" {
			t.Errorf("%+v", r)
		}
		digest[r.Tool] = r.Arguments
	}
	refused := journal.all[len(journal.all)-1].Error
	want = `get decision allow  0 true ""; get outcome   200 true ""; send decision hold  0 true ""; send decision allow model 0 true ""; send outcome   200 true ""; ` +
		`get decision deny  0 false ""; get decision allow  0 true ""; get outcome   0 true ` + fmt.Sprintf("%q", refused)
	if strings.Join(got, "; ") != want || refused == "" {
		t.Errorf("the audit has\n%s\nwant\n%s", strings.Join(got, "; "), want)
	}
}

// The header Accept names what the document says of answers: JSON first, the rest by name, and that
// others are taken too.
func TestAcceptedMediaTypes(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, wordy, Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}}), true)
	for tool, want := range map[string]string{"send": "application/json, application/problem+json, application/xml, text/*, */*;q=0.1", "get": ""} {
		call(t, c, tool, `{}`)
		if got := a.last(t).Header.Get("Accept"); got != want {
			t.Errorf("%s: %s", tool, got)
		}
	}
}

// The first line of a result says status, type and size; an error its code, message and what to do.
func TestFirstLines(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, wordy, Options{BaseURL: a.URL}), true)
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter)
		want   string
	}{
		"JSON": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"a":1}`)
		}, "200 OK, application/json, 7 bytes\n"},
		"nothing": {func(w http.ResponseWriter) { w.Header()["Content-Type"] = nil; w.WriteHeader(204) }, "204 No Content, 0 bytes"},
		"own code": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(299)
			io.WriteString(w, "x")
		}, "299, text/plain, 1 bytes\n"},
		"forbidden": {func(w http.ResponseWriter) { w.WriteHeader(403) }, "authorization_error: the API answered 403 Forbidden\n"},
	} {
		a.mu.Lock()
		a.answer = func(w http.ResponseWriter, _ *http.Request) { tt.answer(w) }
		a.mu.Unlock()
		if r := call(t, c, "get", `{}`); !strings.HasPrefix(r.text+"\n", tt.want) {
			t.Errorf("%s: %s", name, r.text)
		}
	}
	r := call(t, c, "get", `{"x":1}`)
	if !strings.HasPrefix(r.text, "validation_error: ") || !strings.Contains(r.text, "x") {
		t.Errorf("%s", r.text)
	}
}

// Options that contradict themselves, or cannot be meant, are refused for what is wrong with them.
func TestOptionsSayWhy(t *testing.T) {
	doc, err := openapi.Load([]byte(wordy))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		o    Options
		want string
	}{
		"fine":            {Options{Prefix: strings.Repeat("p", 24), BaseURL: "https://a.example/v1/"}, ""},
		"long prefix":     {Options{Prefix: strings.Repeat("p", 25)}, `at most 24 letters, digits, _ and -`},
		"odd prefix":      {Options{Prefix: "a b"}, `prefix "a b": at most 24 letters, digits, _ and -`},
		"both":            {Options{BaseURL: "https://a.example", Origin: "https://b.example"}, "a base URL and an origin exclude each other"},
		"no URL":          {Options{BaseURL: "https://u:p@a.example:x"}, "base URL https://…@a.example:x is not a URL"},
		"no scheme":       {Options{BaseURL: "a.example"}, "base URL: origin is not allowed: the scheme must be http or https"},
		"query":           {Options{BaseURL: "https://a.example?x"}, "base URL: it must have no query and no fragment"},
		"fragment":        {Options{BaseURL: "https://a.example#x"}, "base URL: it must have no query and no fragment"},
		"proxy":           {Options{Egress: egress.Config{Proxy: &url.URL{Scheme: "ftp", Host: "a"}}}, "proxy: origin is not allowed"},
		"nothing to make": {Options{Filter: func(Operation) bool { return false }}, ""},
	} {
		s, err := FromDocument(doc, tt.o)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && name == "nothing to make" && (len(s.Tools()) != 0 || len(s.Skipped()) != 4 || s.Skipped()[0].Reason != Filtered) {
			t.Errorf("%s: %v", name, s.Skipped())
		}
	}
	for base, want := range map[string]string{"": "https://wordy.example.com", "http://127.0.0.1:1/x": "http://127.0.0.1:1"} {
		if s := newSet(t, wordy, Options{BaseURL: base}); s.CredentialOrigin() != want {
			t.Errorf("the credentials are for %s", s.CredentialOrigin())
		}
	}
}

// timeout is an error of a network that gave up.
type timeout struct{}

func (timeout) Error() string { return "i/o timeout at 10.0.0.1" }
func (timeout) Timeout() bool { return true }

// Why no answer came is said without addresses.
func TestNetworkReasons(t *testing.T) {
	for want, err := range map[string]error{
		"it is not allowed: the API's address is not a public one": fmt.Errorf("x: %w", egress.ErrAddress),
		"it is not allowed: origin is not allowed: ab":             fmt.Errorf("%w: a\u202eb", egress.ErrOrigin),
		"it is not allowed: header is not allowed: x":              fmt.Errorf("%w: x", egress.ErrHeader),
		"it is not allowed: method is not allowed":                 egress.ErrMethod,
		"the call was cancelled":                                   fmt.Errorf("x: %w", context.Canceled),
		"no answer in time":                                        timeout{},
		"its name could not be looked up":                          &net.DNSError{Name: "intranet", Server: "10.0.0.1"},
		"dial: connection refused":                                 &net.OpError{Op: "dial", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, Err: errors.New("connection refused")},
		strings.Repeat("x", 200):                                   errors.New(strings.Repeat("x", 300)),
	} {
		if got := networkReason(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	if got := networkReason(fmt.Errorf("x: %w", context.DeadlineExceeded)); got != "no answer in time" {
		t.Errorf("a deadline: %s", got)
	}
	s := newSet(t, wordy, Options{})
	for method, want := range map[string]string{"GET": "Ask the user whether the API is reachable from here.", "PUT": "The request may have arrived: check before calling again."} {
		advice := networkAdvice(s.find(method, "/get"), timeout{})
		if advice[len(advice)-1] != want {
			t.Errorf("%s: %q", method, advice)
		}
	}
}

// Programs get the form of an operation, the request that arguments make, and the arguments that
// make a captured request again.
func TestFormsAndRequests(t *testing.T) {
	s := newSet(t, wordy, Options{})
	form, ok := s.Form("POST", "/send")
	if !ok || form.Tool != "send" || form.Origin != "https://wordy.example.com" || !json.Valid(form.Schema) || len(form.Security) != 2 || len(form.Security[0]) != 2 ||
		len(form.Security[1]) != 0 || form.Security[0][0].SecurityScheme == nil {
		t.Errorf("%+v", form)
	}
	var got []string
	for _, a := range form.Arguments {
		got = append(got, a.Name+" "+a.In+" "+a.Param)
	}
	if strings.Join(got, ", ") != "q query q, X-HTTP-Method-Override header X-HTTP-Method-Override, X-Trace header X-Trace, sid cookie sid" {
		t.Errorf("%v", got)
	}
	if _, ok := s.Form("POST", "/other"); ok {
		t.Error("another operation has a form")
	}
	c, problems := s.Request(t.Context(), "POST", "/send", []byte(`{"q":"1","requestBody":{"n":1}}`))
	if len(problems) != 0 || c.Method != "POST" || c.URL.String() != "https://wordy.example.com/v1/send?q=1" || string(c.Body) != `{"n":1}` || len(c.Credentials) != 0 ||
		c.Header[len(c.Header)-1].Name != "Accept" {
		t.Errorf("%+v, %v", c, problems)
	}
	for args, want := range map[string]string{`{"q":1}`: "q", `[]`: "", `{`: ""} {
		if c, problems := s.Request(t.Context(), "POST", "/send", []byte(args)); len(problems) == 0 || problems[0].Field != want || c.URL != nil {
			t.Errorf("%s: %v", args, problems)
		}
	}
	if _, problems := s.Request(t.Context(), "POST", "/other", nil); len(problems) != 1 || problems[0].Reason != "the document has no such operation" {
		t.Errorf("%v", problems)
	}
	r := &flow.Request{Method: "POST", Scheme: "https", Authority: "wordy.example.com", Path: "/v1/send", RawQuery: "q=1", Header: []flow.Field{{Name: "X-Trace", Value: "t"}}}
	tool, args, err := s.Arguments("POST", "/send", nil, r)
	if err != nil || tool != "send" || !strings.Contains(string(args), `"q":"1"`) || !strings.Contains(string(args), `"X-Trace":"t"`) {
		t.Errorf("%s, %s, %v", tool, args, err)
	}
	if _, _, err := s.Arguments("POST", "/other", nil, r); err == nil || err.Error() != "no tool has this method and path" {
		t.Error(err)
	}
}
