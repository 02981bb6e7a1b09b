package httpguard

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi"
)

const api = `
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: "https://{region}.example/v1", variables: {region: {default: api}}}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses: {"200": {description: d}}
    post:
      operationId: addPet
      parameters: [{name: X-Method-Note, in: header, schema: {type: string}}]
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {name: {type: string}}, required: [name]}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {name: {type: string}}}}
          multipart/form-data: {schema: {type: object, properties: {name: {type: string}}}}
          application/octet-stream: {}
      responses: {"200": {description: d}}
  /pets/{id}:
    get: {operationId: getPet, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {"200": {description: d}}}
    delete: {operationId: deletePet, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {"204": {description: d}}}
  /files/{dir}/{path}:
    get:
      operationId: getFile
      security: []
      parameters:
        - {name: dir, in: path, required: true, schema: {type: string}}
        - {name: path, in: path, required: true, x-spectap-multi-segment: true, schema: {type: string}}
      responses: {"200": {description: d}}
components: {securitySchemes: {key: {type: http, scheme: bearer}, user: {type: http, scheme: basic}}}
security: [{key: []}]
`

const base = "https://api.example/v1"

// bench is a guard with its audit and its book of approvals.
type bench struct {
	*Guard
	file string
	book *approval.Book
}

func newBench(t *testing.T, rules string, change func(*Config)) *bench {
	t.Helper()
	doc, err := openapi.Load([]byte(api))
	noError(t, err)
	p := policy.AllowAll()
	if rules != "" {
		p, err = policy.Load(t.Context(), "p.yaml", []byte(rules))
		noError(t, err)
	}
	b := &bench{file: filepath.Join(t.TempDir(), "audit.jsonl")}
	log, err := audit.Open(b.file, 0)
	noError(t, err)
	b.book, err = approval.Open(filepath.Join(t.TempDir(), "a.json"))
	noError(t, err)
	c := Config{Documents: []Document{{Name: "pets", Doc: doc}}}
	c.Enforce = enforce.New(p, enforce.Config{Audit: log, Redactor: redact.New([]byte("k"), redact.Config{}), Approvals: b.book, Wait: time.Nanosecond})
	if change != nil {
		change(&c)
	}
	b.Guard, err = New(c)
	noError(t, err)
	t.Cleanup(func() { b.Close(); log.Close() })
	return b
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask is what a proxy does with a request.
func (b *bench) ask(r *http.Request, body string) (capture.Judgement, *capture.Denial) {
	authority := net.JoinHostPort(r.URL.Hostname(), cmp.Or(r.URL.Port(), map[string]string{"https": "443", "http": "80"}[r.URL.Scheme]))
	if d := b.Host(authority); d != nil {
		return nil, d
	}
	f := &flow.Flow{Request: flow.Request{Method: r.Method, Scheme: r.URL.Scheme, Authority: r.URL.Host, Path: r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery, Header: flow.HeaderOf(r.Header)}}
	j, d := b.Request(r, f)
	if d != nil {
		return nil, d
	}
	var data []byte
	if r.ContentLength = int64(len(body)); j.MaxBody() > 0 {
		data = []byte(body)
	}
	return j, j.Send(context.Background(), r, data)
}

// request makes a request; lines are those of its header.
func request(method, url string, lines ...string) *http.Request {
	r := httptest.NewRequest(method, url, nil)
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		r.Header.Add(name, value)
	}
	return r
}

const (
	asJSON = "Content-Type: application/json"
	asForm = "Content-Type: application/x-www-form-urlencoded"
)

// part makes a form of one field with a disposition.
func part(disposition string) string {
	return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\nx\r\n--b--\r\n"
}

// TestRequest has requests that are operations, and others that a server could take for another.
func TestRequest(t *testing.T) {
	form := request("POST", base+"/pets", "Content-Type: multipart/form-data; boundary=b")
	for _, tt := range []struct {
		name             string
		r                *http.Request
		body             string
		strictly, leanly string // why it is denied
	}{
		{"an operation", request("GET", base+"/pets?limit=2"), "", "", ""},
		{"the port of the scheme", request("GET", base+"/pets/7"), "", "", ""},
		{"a declared header", request("POST", base+"/pets", asJSON, "X-Method-Note: x"), `{"name":"a"}`, "", ""},
		{"a body that streams", request("POST", base+"/pets", "Content-Type: application/octet-stream"), "x", "", ""},

		{"another host", request("GET", "https://b.example/v1/pets"), "", "no document has this host", "no document has this host"},
		{"a host that a variable may be", request("GET", "https://eu.example/v1/pets"), "", "no document", "no document"},
		{"another scheme", request("GET", "http://api.example/v1/pets"), "", "no document has", "no document has"},
		{"another port", request("GET", "https://api.example:8443/v1/pets"), "", "no document", "no document"},
		{"another base path", request("GET", "https://api.example/v2/pets"), "", "no operation", "no operation"},
		{"another method", request("PUT", base+"/pets"), "{}", "no operation", "no operation"},
		{"dots", request("GET", base+"/pets/../pets"), "", "a dot segment", "a dot segment"},
		{"escaped dots", request("GET", base+"/pets/%2e%2e"), "", "a dot segment", "a dot segment"},
		{"dots behind parameters", request("GET", base+"/pets/..;a"), "", "a dot segment", "a dot segment"},
		{"an escaped slash", request("GET", base+"/pets/a%2Fb"), "", "an encoded slash", "an encoded slash"},
		{"a slash escaped twice", request("GET", base+"/pets/a%252fb"), "", "an encoded slash", "an encoded slash"},
		{"an escaped slash in a value with slashes", request("GET", base+"/files/d/a%2Fb"), "", "", ""},
		{"an escaped slash that moves values", request("GET", base+"/files/d%2Fa/b"), "", "an encoded slash", "an encoded slash"},
		{"a slash there that is escaped twice", request("GET", base+"/files/d/a%2Fb%252fc"), "", "an encoded slash", "an encoded slash"},
		{"dots behind an escaped slash", request("GET", base+"/files/d/a%2F.."), "", "a dot segment", "a dot segment"},
		{"a backslash", request("GET", base+"/pets/a%5Cb"), "", "a backslash", "a backslash"},
		{"two slashes", request("GET", base+"//pets"), "", "an empty segment", "an empty segment"},
		{"a matrix parameter", request("GET", base+"/pets/7;_method=DELETE"), "", "a semicolon", "a semicolon"},
		{"NUL", request("GET", base+"/pets/7%00"), "", "a control character", "a control character"},
		{"a method in a header", request("POST", base+"/pets", asJSON, "X-HTTP-Method-Override: DELETE"), `{"name":"a"}`, "another method", "another method"},
		{"a path in a header", request("GET", base+"/pets", "X-Original-URL: /admin"), "", "another method", "another method"},
		{"a host in a header", request("GET", base+"/pets", "Forwarded: host=b.example"), "", "another method", "another method"},
		{"a method in the query", request("POST", base+"/pets?_method=DELETE", asJSON), `{"name":"a"}`, "another method", "another method"},
		{"a method in a form", request("POST", base+"/pets", asForm), "name=a&_method=delete", "another method", "another method"},
		{"a method behind a semicolon of a form", request("POST", base+"/pets", asForm), "name=a;_method=delete", "another method", "another method"},
		{"a method behind a semicolon", request("POST", base+"/pets?limit=1;_method=DELETE", asJSON), `{"name":"a"}`, "another method", "another method"},
		{"a field behind a semicolon", request("POST", base+"/pets", asForm), "name=a;name=b", "another method", "another method"},
		{"an integer that some read as 90", request("GET", base+"/pets?limit=90e-1"), "", "query limit", ""},
		{"fullwidth dots", request("GET", base+"/pets/%EF%BC%8E%EF%BC%8E"), "", "a dot segment", "a dot segment"},
		{"members that differ in case", request("POST", base+"/pets", asJSON), `{"name":"a","x":[{"k":1,"K":2}]}`, "in case only", "in case only"},
		{"no UTF-8", request("GET", base+"/pets/%C0%AE%c0%ae%c0%af"), "", "not UTF-8", "not UTF-8"},
		{"dots that end in a space", request("GET", base+"/files/d/..%20/a"), "", "a dot segment", "a dot segment"},
		{"a method in JSON", request("POST", base+"/pets", asJSON), `{"name":"a","_method":"PUT"}`, "another method", "another method"},
		{"a method in a part", request("POST", base+"/pets", "Content-Type: multipart/form-data; boundary=b"),
			"--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--b--\r\n", "another method", "another method"},
		{"a form", form, "\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=name; filename=\"n\"\r\n\r\nx\r\n--b--", "", ""},
		{"two names of a part", form, part(`name="name"; name="admin"`), "two ways", "two ways"},
		{"the same name of a file twice", form, part(`name=name; filename=a.txt; filename*=utf-8''a.txt`), "", ""},
		{"two names of a file", form, part(`name="name"; filename="a"; filename*=utf-8''b`), "two ways", "two ways"},
		{"a name in another charset", form, part("name*=utf-8''name"), "two ways", "two ways"},
		{"an escape in a name", form, part(`name="name\"; name=\"admin"`), "two ways", "two ways"},
		{"a boundary behind LF", form, part("name=\"name\"\r\n\r\nx\n--b\r\nContent-Disposition: form-data; name=\"admin\""), "two ways", "two ways"},
		{"a part behind the end", form, part(`name="name"`) + part(`name="admin"`), "two ways", "two ways"},
		{"a folded head", form, part("\r\n name=\"name\""), "two ways", "two ways"},
		{"a coded part", form, part("name=\"name\"\r\nContent-Transfer-Encoding: base64"), "two ways", "two ways"},
		{"two boundaries", request("POST", base+"/pets", "Content-Type: multipart/form-data; boundary=b; boundary=c"), part(`name="name"`), "two ways", "two ways"},

		{"an upgrade", request("GET", base+"/pets", "Upgrade: websocket", "Connection: Upgrade"), "", "no upgrade", "no upgrade"},

		{"a value", request("GET", base+"/pets?limit=x"), "", "query limit", ""},
		{"an undeclared parameter", request("GET", base+"/pets?other=1"), "", "query other", ""},
		{"a cache buster", request("GET", base+"/pets?_=1700000000000"), "", "query", ""},
		{"a body that breaks its schema", request("POST", base+"/pets", asJSON), `{}`, "request", ""},
		{"a member twice", request("POST", base+"/pets", asJSON), `{"name":"a","name":"b"}`, "twice", ""},
		{"no JSON", request("POST", base+"/pets", asJSON), `{`, "not JSON", ""},
		{"another media type", request("POST", base+"/pets", "Content-Type: text/xml"), "<a/>", "media type", ""},
		{"a coding that nobody knows", request("POST", base+"/pets", asJSON, "Content-Encoding: x-odd"), `{"name":"a"}`, "cannot be judged", ""},
		{"a body where none is declared", request("DELETE", base+"/pets/7", asJSON), `{}`, "no request body", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for lenient, want := range map[bool]string{false: tt.strictly, true: tt.leanly} {
				b := newBench(t, "", func(c *Config) { c.Lenient = lenient })
				_, d := b.ask(tt.r.Clone(t.Context()), tt.body)
				switch {
				case want == "" && d != nil, want != "" && (d == nil || !strings.Contains(d.Reason, want)):
					t.Errorf("lenient %t: denied %+v, want %q", lenient, d, want)
				case d != nil:
					if records, _ := os.ReadFile(b.file); !strings.Contains(string(records), `"decision":"deny"`) {
						t.Errorf("the audit is %s", records)
					}
				}
			}
		})
	}
}

func TestOther(t *testing.T) {
	other, _ := capture.ParseScopeRule("registry.example")
	b := newBench(t, "", func(c *Config) { c.Others = []capture.ScopeRule{other} })
	j, d := b.ask(request("PUT", "https://registry.example/any/../thing"), "{}")
	if d != nil || j.MaxBody() != 0 {
		t.Fatalf("%+v", d)
	}
	for name, want := range map[string]bool{"api.example": true, "registry.example": true, "data.api.example": false, "evil.example": false} {
		if b.Resolves(name) != want {
			t.Errorf("%s may be looked up: %t", name, !want)
		}
	}
	if d := b.Host("registry.example.evil:443"); d == nil || !strings.Contains(d.Allowed, "api.example, registry.example") {
		t.Errorf("%+v", d)
	}
}

// TestPolicy judges requests as calls of tools, and holds one for a person.
func TestPolicy(t *testing.T) {
	b := newBench(t, `
version: 1
tools:
  listPets: {results: {remove: ["data[*].owner"]}}
  getPet: {require: [{path: args.id, op: eq, value: "7"}]}
  addPet: {require_approval: true}
`, nil)
	if _, d := b.ask(request("GET", base+"/pets/8"), ""); d == nil || !strings.Contains(d.Reason, "id") {
		t.Errorf("a condition: %+v", d)
	}
	if _, d := b.ask(request("GET", base+"/pets/7"), ""); d != nil {
		t.Errorf("met: %+v", d)
	}
	if _, d := b.ask(request("DELETE", base+"/pets/7"), ""); d == nil {
		t.Error("deletePet is not in the policy")
	}
	add := func(boundary, date, name string) *capture.Denial {
		_, d := b.ask(request("POST", base+"/pets", "Content-Type: multipart/form-data; boundary="+boundary, "Date: "+date, "Authorization: Bearer own-token-123"),
			"--"+boundary+"\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"+name+"\r\n--"+boundary+"--\r\n")
		return d
	}
	held := add("one", "1", "rex")
	if held == nil || held.Pending == "" || held.RetryAfter == 0 {
		t.Fatalf("held: %+v", held)
	}
	call, err := b.book.Get(held.Pending, time.Now())
	noError(t, err)
	if !strings.Contains(call.Request.Body, "rex") || strings.Contains(call.Request.Body+call.Request.URL, "own-token") || call.Tool != "addPet" {
		t.Errorf("a person sees %+v", call.Request)
	}
	_, err = b.book.Decide(call.ID, call.Digest, approval.Decision{By: "anna", Approve: true}, time.Now())
	noError(t, err)
	if d := add("two", "2", "max"); d == nil || d.Pending == held.Pending {
		t.Errorf("another body: %+v", d)
	}
	if d := add("two", "2", "rex"); d != nil {
		t.Errorf("the same again: %+v", d)
	}
	if d := add("two", "2", "rex"); d == nil {
		t.Error("an approval counts twice")
	}

	j, d := b.ask(request("GET", base+"/pets"), "")
	if d != nil {
		t.Fatal(d.Reason)
	}
	answer := answerOf("application/json", `[{"id":1,"owner":"anna"}]`)
	if d := j.Answer(answer); d != nil || text(answer) != `[{"id":1,"owner":"[removed by policy]"}]` {
		t.Errorf("the answer is %s, %+v", text(answer), d)
	}
	j, _ = b.ask(request("GET", base+"/pets"), "")
	if d := j.Answer(answerOf("text/event-stream", "data: x\n\n")); d == nil {
		t.Error("a stream passes that the policy cannot see")
	}
}

func answerOf(kind, body string) *http.Response {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", kind)
	w.WriteString(body)
	return w.Result()
}

func text(r *http.Response) string {
	var b bytes.Buffer
	b.ReadFrom(r.Body)
	return b.String()
}

// TestSecrets puts a credential in the place of its stand-in, and nowhere else.
func TestSecrets(t *testing.T) {
	s, ok := StandIn("ghp_0123456789abcdefABCDEF0123456789")
	if !ok || len(s.StandIn) != len(s.Value) || !strings.HasPrefix(s.StandIn, "ghp_") || s.StandIn == s.Value {
		t.Fatalf("stand-in %+v", s)
	}
	other, _ := capture.ParseScopeRule("b.example")
	b := newBench(t, "", func(c *Config) {
		c.Documents[0].Secrets, c.Others = []Secret{s}, []capture.ScopeRule{other}
	})
	r := request("GET", base+"/pets", "Authorization: Bearer "+s.StandIn, "Range: bytes=9-")
	j, d := b.ask(r, "")
	if d != nil || r.Header.Get("Authorization") != "Bearer "+s.Value || r.Header.Get("Range") != "" {
		t.Fatalf("%+v, %v", d, r.Header)
	}
	r = request("GET", base+"/files/d/a", "Authorization: Bearer "+s.StandIn)
	if _, d := b.ask(r, ""); d != nil || r.Header.Get("Authorization") != "Bearer "+s.Value {
		t.Errorf("an operation that needs no credential: %+v, %v", d, r.Header)
	}
	for kind, body := range map[string]string{"application/json": `{"you":"` + s.Value + `"}`, "text/event-stream": "data: " + s.Value + "\n\n"} {
		answer := answerOf(kind, body)
		if d := j.Answer(answer); d != nil || strings.Contains(text(answer), s.Value) {
			t.Errorf("%s: the answer has the credential: %+v", kind, d)
		}
	}
	long := strings.Repeat("x", 3*maxForm) + s.Value + strings.Repeat("y", 2*maxForm)
	answer := answerOf("application/json", long+"\n{}\n")
	answer.ContentLength, answer.Body = -1, io.NopCloser(iotest.OneByteReader(io.MultiReader(answer.Body, iotest.ErrReader(io.ErrUnexpectedEOF))))
	d = j.Answer(answer)
	if got, err := io.ReadAll(answer.Body); d != nil || err == nil || string(got) != strings.Replace(long, s.Value, "(credential)", 1)+"\n{}\n" {
		t.Errorf("a long line that streams has %d bytes: %v, %+v", len(got), err, d)
	}
	r = request("GET", base+"/files/d/a", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(s.StandIn+":")))
	user, d := b.ask(r, "")
	if d != nil {
		t.Fatal(d.Reason)
	}
	utf16 := "{\x00" + strings.Join(strings.Split(s.Value, ""), "\x00") + "\x00}\x00"
	for kind, body := range map[string]string{"application/json": "{" + s.Value + "}", "text/plain; charset=utf-16le": utf16} {
		for _, length := range []int64{-1, int64(len(body))} {
			answer := answerOf(kind, body)
			answer.ContentLength, answer.Trailer = length, http.Header{"X-You": {s.Value}}
			d := user.Answer(answer)
			if got := text(answer); d != nil || got != "{(credential)}" || answer.Trailer.Get("X-You") != "(credential)" {
				t.Errorf("%s of length %d: %q, %v, %+v", kind, length, got, answer.Trailer, d)
			}
		}
	}
	if d := j.Answer(answerOf("image/png", "\xff"+s.Value)); d == nil || !strings.Contains(d.Reason, "repeats a credential") {
		t.Errorf("an image with the credential: %+v", d)
	}
	for _, r := range []*http.Request{
		request("GET", "https://b.example/", "Authorization: Bearer "+s.StandIn),
		request("GET", base+"/pets/"+s.StandIn),
		request("GET", base+"/pets", "X-Note: "+s.StandIn),
	} {
		if _, d := b.ask(r, ""); d == nil || !strings.Contains(d.Reason, "credential") {
			t.Errorf("%s: %+v", r.URL.Path, d)
		}
	}
}

// TestSignIn gives requests the session of a sign-in, of which the program sees nothing.
func TestSignIn(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			return // a page that may have a token against forged requests
		}
		n++
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "sessionid=the-session-of-"+strconv.Itoa(n))
		fmt.Fprintf(w, `{"token":"the-token-of-sign-in-%d"}`, n)
	}))
	defer s.Close()
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"` + s.URL + `"}],
		"x-spectap-access":{"signIn":[{"operation":"POST /login","gives":{"b":{"pointer":"/token"}}}]},
		"components":{"securitySchemes":{"b":{"type":"http","scheme":"bearer"}}},"paths":{
		"/login":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"password":{"type":"string"}}}}}},
			"responses":{"200":{"description":"d"}}}},
		"/me":{"get":{"operationId":"getMe","security":[{"b":[]}],"responses":{"200":{"description":"d"}}}}}}`))
	noError(t, err)
	b := newBench(t, "version: 1\ntools: {getMe: {action: allow}}\n", func(c *Config) {
		c.Documents = []Document{{Name: "d", Doc: doc, Egress: egress.Config{AllowPrivate: true}, SignIn: spectools.SignIn{
			Operation: spectools.SignInAuto, Get: func(string) string { return "s3cret-Horse9" },
		}}}
	})
	if _, d := b.ask(request("POST", s.URL+"/login"), ""); d == nil || !strings.Contains(d.Reason, "the server signs in with it") {
		t.Errorf("the sign-in by the program: %+v", d)
	}
	if n > 0 {
		t.Error("the guard signed in for a request that it denied")
	}
	for i := 1; i <= 3; i++ { // the second has the session of the first, whose end it learns of
		r := request("GET", s.URL+"/me")
		j, d := b.ask(r, "")
		token := "the-token-of-sign-in-" + strconv.Itoa(n)
		if d != nil || r.Header.Get("Authorization") != "Bearer "+token || !strings.Contains(r.Header.Get("Cookie"), "sessionid=") {
			t.Fatalf("request %d: %+v, %v", i, d, r.Header)
		}
		answer := answerOf("application/json", `{"you":"`+token+`"}`)
		answer.Request, answer.StatusCode = r, map[bool]int{true: 401, false: 200}[i == 2]
		answer.Header.Add("Set-Cookie", "sessionid=another")
		answer.Header.Add("Set-Cookie", "theme=dark")
		if d := j.Answer(answer); d != nil || strings.Contains(text(answer), token) || fmt.Sprint(answer.Header["Set-Cookie"]) != "[theme=dark]" {
			t.Errorf("answer %d: %+v, %v", i, d, answer.Header)
		}
	}
	records, err := os.ReadFile(b.file)
	noError(t, err)
	if strings.Contains(string(records), "the-token") || !strings.Contains(string(records), `"sign-in"`) {
		t.Errorf("the audit has a token, or no sign-in: %s", records)
	}
}
