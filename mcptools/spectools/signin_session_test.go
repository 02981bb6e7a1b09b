package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// office is an app whose first session is 1, its second 2, and so on.
type office struct {
	*httptest.Server
	mu      sync.Mutex
	signIns int
	page    string // of a visitor
	sets    string // cookies that the answer to a call sets
	calls   []*http.Request
	bodies  []string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	a := &office{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		switch r.Method + " " + r.URL.Path {
		case "POST /login":
			a.signIns++
			w.Header().Add("Set-Cookie", fmt.Sprintf("sessionid=%d; Path=/; Max-Age=1000", a.signIns))
		case "GET /", "GET /login":
			w.Header().Set("Content-Type", "text/html")
			if c, err := r.Cookie("sessionid"); err == nil && a.page == "renews" {
				w.Header().Add("Set-Cookie", "sessionid="+c.Value+"-again; Path=/")
			}
			io.WriteString(w, a.page)
		default:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			a.calls, a.bodies = append(a.calls, r.Clone(context.Background())), append(a.bodies, string(body))
			if a.sets != "" {
				w.Header().Add("Set-Cookie", a.sets)
			}
		}
	}))
	t.Cleanup(a.Close)
	return a
}

// set makes the answers to calls set a cookie, or none.
func (a *office) set(cookie string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sets = cookie
}

// counts returns the numbers of sign-ins and calls.
func (a *office) counts() (signIns, calls int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.signIns, len(a.calls)
}

// last returns the last call and its body.
func (a *office) last() (*http.Request, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[len(a.calls)-1], a.bodies[len(a.bodies)-1]
}

const officeDocument = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
"/login":{"post":{"operationId":"login","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object",
 "required":["email","password"],"properties":{"email":{"type":"string"},"password":{"type":"string"}}}}}},"responses":{"200":{"description":"d"}}}},
"/things":{"get":{"operationId":"listThings","security":[{"key":[]},{}],"responses":{"200":{"description":"d"}}},
 "post":{"operationId":"createThing","parameters":[{"name":"X-CSRF","in":"header","required":true,"schema":{"type":"string"}},
  {"name":"sessionid","in":"cookie","schema":{"type":"string"}}],
  "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}},
   "multipart/form-data":{"schema":{"$ref":"#/components/schemas/Thing"}}}},"responses":{"201":{"description":"d"}}}}},
"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"}},
 "schemas":{"Thing":{"type":"object","required":["name","csrf_token"],"properties":{"name":{"type":"string"},"csrf_token":{"type":"string"}}}}}}`

func (a *office) options() Options {
	return Options{BaseURL: a.URL, SignIn: SignIn{Operation: "login", Get: func(name string) string {
		return map[string]string{"SPECTAP_AUTH_SIGN_IN_EMAIL": "ann@example.com", "SPECTAP_AUTH_SIGN_IN_PASSWORD": "zyxwvu-98765-qponml"}[name]
	}}}
}

// TestSessionIsFixed sets cookies by the answers to calls: none replaces the session.
func TestSessionIsFixed(t *testing.T) {
	for name, tt := range map[string]struct{ page, sets, want string }{
		"another session":           {"", "sessionid=mallory; Path=/", "sessionid=2"},
		"another one for the path":  {"", "sessionid=mallory; Path=/things", "sessionid=2"},
		"a session of another name": {"", "remember_token=mallory; Path=/", "sessionid=1"},
		"signed out":                {"", "sessionid=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "sessionid=2"},
		"the same session":          {"", "sessionid=1; Path=/; Max-Age=9", "sessionid=1"},
		"no session":                {"", "lang=de; Path=/", "sessionid=1; lang=de"},
		"a token":                   {"", "csrftoken=new; Path=/", "sessionid=1; csrftoken=new"},
		"an app that renews":        {"renews", "sessionid=mallory; Path=/", "sessionid=1-again"},
		"signed out of it":          {"renews", "sessionid=; Path=/; Max-Age=0", "sessionid=2-again"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newOffice(t)
			a.page = tt.page
			c := connect(t, newSet(t, officeDocument, a.options()), false)
			a.set(tt.sets)
			call(t, c, "listThings", "{}")
			a.set("")
			for range 2 {
				call(t, c, "listThings", "{}")
				if r, _ := a.last(); r.Header.Get("Cookie") != tt.want {
					t.Errorf("sent Cookie: %s, want %s", r.Header.Get("Cookie"), tt.want)
				}
			}
		})
	}
}

// TestSessionsAreApart serves callers with tokens and with keys of their own over HTTP. Each has a
// session of its own, which the cookies that others get do not change.
func TestSessionsAreApart(t *testing.T) {
	a := newOffice(t)
	o := a.options()
	o.Principal, o.Caller = handler.Caller, credential.Caller{"key": "X-Upstream-Key"}
	m := NewServer(newSet(t, officeDocument, o), ServerOptions{Mode: ModeStatic})
	url := serveCallers(t, m)
	for i, tt := range []struct{ caller, key, sets, want string }{
		{"ann", "", "lang=de; Path=/", "sessionid=1"},
		{"bob", "", "", "sessionid=2"},
		{"ann", "k1", "sessionid=mallory; Path=/", "sessionid=3"},
		{"ann", "k2", "", "sessionid=4"},
		{"ann", "", "", "sessionid=1; lang=de"},
		{"bob", "", "", "sessionid=2"},
		{"ann", "k1", "", "sessionid=5"},
	} {
		a.set(tt.sets)
		text := post(t, url, tt.caller, map[string]any{"name": "listThings", "arguments": map[string]any{}}, "X-Upstream-Key", tt.key)
		_, calls := a.counts()
		if r, _ := a.last(); calls != i+1 || r.Header.Get("Cookie") != tt.want {
			t.Errorf("%s %s sent Cookie: %s, want %s; %s", tt.caller, tt.key, r.Header.Get("Cookie"), tt.want, text)
		}
	}
}

// TestSessionsAreBounded forgets the session of the caller who was not served for longest.
func TestSessionsAreBounded(t *testing.T) {
	a, caller := newOffice(t), ""
	o := a.options()
	o.Principal = func(context.Context) string { return caller }
	c := connect(t, newSet(t, officeDocument, o), false)
	signIns := func(name string) int {
		caller = name
		call(t, c, "listThings", "{}")
		n, _ := a.counts()
		return n
	}
	for i := range maxSignedIn {
		signIns(fmt.Sprint(i))
	}
	signIns("0")
	if n := signIns("another"); n != maxSignedIn+1 {
		t.Errorf("%d sign-ins", n)
	}
	if n := signIns("0"); n != maxSignedIn+1 {
		t.Error("a session in use was forgotten")
	}
	if n := signIns("1"); n != maxSignedIn+2 {
		t.Error("the oldest session was not forgotten")
	}
}

// TestTokenIsNoArgument sends the token of a page in a header and a body, of both media types. It is
// no argument, nothing that a model gives is replaced by it, and its text stays a text.
func TestTokenIsNoArgument(t *testing.T) {
	a := newOffice(t)
	a.page = `<meta name="csrf-token" content="t&quot;,&quot;admin&quot;:true">`
	const token = `t","admin":true`
	set := newSet(t, officeDocument, a.options())
	c := connect(t, set, false)
	for _, op := range set.ops {
		if schema := string(op.tool.RawInputSchema); strings.Contains(strings.ToLower(schema), "csrf") || strings.Contains(schema, "sessionid") {
			t.Errorf("the schema has %s", schema)
		}
	}
	for _, args := range []string{
		`{"requestBody":{"name":"x","csrf_token":"y"}}`, `{"name":"x","csrf_token":"y"}`, `{"requestBody":{"name":"x"},"X-CSRF":"y"}`, `{"requestBody":{"name":"x"},"sessionid":"y"}`,
	} {
		if got := call(t, c, "createThing", args); got.code() != codeValidation {
			t.Errorf("%s: %s", args, got.text)
		}
	}
	for _, kind := range []string{"application/json", "multipart/form-data"} {
		const name = "SPECTAP-ANTI-FORGERY-TOKEN"
		args := `"requestBody":{"name":"` + name + `"},"requestContentType":"` + kind + `"}`
		held := call(t, c, "createThing", "{"+args)
		if held.Type != "confirmation_request" || strings.Contains(held.structured, "csrf") || strings.Contains(held.structured, token) {
			t.Errorf("%s: a model sees %s", kind, held.structured)
		}
		call(t, c, "createThing", `{"__confirmed":true,`+args)
		r, body := a.last()
		if r.Header.Get("X-CSRF") != token || !strings.Contains(body, name) {
			t.Errorf("%s: sent X-CSRF: %s and %s", kind, r.Header.Get("X-CSRF"), body)
		}
		if kind == "multipart/form-data" {
			r.Body = io.NopCloser(strings.NewReader(body))
			if got := r.FormValue("csrf_token"); got != token {
				t.Errorf("%s: sent %q in %s", kind, got, body)
			}
			continue
		}
		var got map[string]any
		noError(t, json.Unmarshal([]byte(body), &got))
		if len(got) != 2 || got["csrf_token"] != token {
			t.Errorf("%s: sent %s", kind, body)
		}
	}
}

// TestApprovalNamesTheAccount shows a person the account, and nothing of the password.
func TestApprovalNamesTheAccount(t *testing.T) {
	a := newOffice(t)
	a.page = `<meta name="csrf-token" content="abcdefghijklmnopqrst">`
	x := &approved{newGuard(t, `{version: 1, default: allow}`, enforce.Config{Require: &guard.Policy{}}), &agreeing{}}
	x.serve(officeDocument, ModeStatic, a.options(), "agent")
	answer := x.begin(x.client(false), "createThing", `{"requestBody":{"name":"x"}}`)
	h := x.waiting()
	text := approval.Describe(&h, nil)
	if !strings.Contains(text, "sent with session of ann@example.com (cookies and token)\n") || strings.Count(text, "sent with") != 1 || strings.Contains(text, "zyx") {
		t.Errorf("a person sees\n%s", text)
	}
	x.decide(h, true)
	if got := <-answer; !strings.Contains(got, "api_response") {
		t.Errorf("approved: %s", got)
	}
}

// TestAccountNames says which member of a sign-in names the account.
func TestAccountNames(t *testing.T) {
	for _, tt := range []struct{ members, values, want string }{
		{"password,username", "hunter2,ann", "session of ann (cookies and token)"},
		{"username_code,user_kennwort,user_password", "1,2,3", "session (cookies and token)"},
		{"session[login],session[key]", "ann,1", "session of ann (cookies and token)"},
		{"loginId", "ann", "session of ann (cookies and token)"},
		{"login,name", ",ann", "session of ann (cookies and token)"},
		{"user", `{"email":"ann","password":"hunter2"}`, "session (cookies and token)"},
	} {
		values, all := map[string]string{}, &sessions{}
		members := strings.Split(tt.members, ",")
		for i, m := range members {
			all.fields = append(all.fields, signInField{name: m, variable: signInVariable(m)})
			values[signInVariable(m)] = strings.SplitN(tt.values, ",", len(members))[i]
		}
		all.o.Get = func(name string) string { return values[name] }
		if got := all.standing(); got.Scheme != tt.want || !got.Hidden {
			t.Errorf("%s: %+v", tt.members, got)
		}
	}
}
