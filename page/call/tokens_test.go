package call

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestTokensAreFetched sends to an app that accepts each token against forged requests once: with
// the session of a flow, which sessions before it are not, with one that begins, and again.
func TestTokensAreFetched(t *testing.T) {
	x := newFixture(t)
	x.env["SPECTAP_AUTH_SIGN_IN_USERNAME"], x.env["SPECTAP_AUTH_SIGN_IN_PASSWORD"] = "ann", "p w 1234"
	guard := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch _, err := r.Cookie("sid"); {
		case r.URL.Path == "/guard":
			guard = rand.Text()
			fmt.Fprintf(w, `{"csrfToken":%q}`, guard)
		case guard == "" || r.Header.Get("X-CSRF-Token") != guard:
			http.Error(w, "invalid csrf token", http.StatusForbidden)
		case r.URL.Path == "/login":
			guard = ""
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "mine"})
		case err != nil:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			guard = ""
		}
	}))
	defer srv.Close()
	x.host = strings.TrimPrefix(srv.URL, "http://")
	for i := range 7 { // GET /guard, POST /login, GET /guard, POST /notes, ...
		path, sent, got := "/guard", "", fmt.Sprintf(`{"csrfToken":"guard%032d"}`, i/2)
		in, out := flow.Header{{Name: "Cookie", Value: fmt.Sprintf("sid=%032d", i/2)}}, flow.Header{{Name: "Content-Type", Value: "application/json"}}
		if i%2 == 1 { // which renews the session
			path, sent, got = "/notes", fmt.Sprintf(`{"text":"note %d"}`, i), "{}"
			in = append(in, flow.Field{Name: "X-CSRF-Token", Value: fmt.Sprintf("guard%032d", i/2)}, out[0])
			out = append(out, flow.Field{Name: "Set-Cookie", Value: fmt.Sprintf("sid=%032d", i/2+1)})
		}
		if i == 1 {
			path, sent = "/login", `{"username":"ann","password":"p w 1234"}`
		}
		method := []string{"GET", "POST"}[i%2]
		x.append(flow.Flow{Request: flow.Request{Method: method, Authority: x.host, Path: path, Header: in, Body: flow.Body{Data: []byte(sent), Size: int64(len(sent))}},
			Response: &flow.Response{Status: 200, Header: out, Body: flow.Body{Data: []byte(got), Size: int64(len(got))}}})
	}
	var form Form
	op := &Operation{Host: x.host, Method: "POST", Path: "/notes"}
	if err := x.call("form", op, &form); err != nil || len(form.Arguments) > 0 || len(form.Credentials) != 2 {
		t.Fatalf("%+v, %v", form, err)
	}
	if got, want := form.Credentials[1].Name, "sign-in at "+x.host+" with POST /login"; got != want {
		t.Errorf("%s, want %s: the variables are for one host", got, want)
	}
	var again Draft
	must.Do(t, x.call("draft", DraftQuery{20}, &again))
	own := again
	own.Headers = append(slices.Clone(own.Headers), egress.Pair{Name: "X-CSRF-Token", Value: "mine"})
	for _, tt := range []struct {
		Request
		first  string
		status int
	}{
		{Request{Operation: op, Arguments: `{"requestBody":{"text":"a"}}`, Credential: form.Credentials[0].ID}, "GET /guard", 200},
		{Request{Operation: op, Arguments: `{"requestBody":{"text":"a"}}`, Credential: form.Credentials[1].ID}, "POST /login", 200},
		{Request{Seq: 20, Draft: &again}, "GET /guard", 200}, {Request{Seq: 20, Draft: &own}, "GET /guard", 403},
	} {
		var p Prepared
		var sent Sent
		if err := x.call("prepare", tt.Request, &p); err != nil || p.After != ", after "+tt.first {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := x.call("send", SendRequest{Request: tt.Request, Digest: p.Digest}, &sent); err != nil || sent.Status != tt.status {
			t.Errorf("%s %s: %+v, %v", p.After, tt.Credential, sent, err)
		}
	}
}
