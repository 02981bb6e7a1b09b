package redact_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/standin"
)

const forwardedJWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

// forwardedFlow has secrets with formats in all places.
func forwardedFlow() flow.Flow {
	return flow.Flow{Done: true,
		Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/users/ada%40example.com",
			RawQuery: "email=ada%40example.com&access_token=0f8fad5b-d9cb-469f-a165-70867728950e",
			Header:   flow.Header{{Name: "Authorization", Value: "Bearer " + forwardedJWT}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
			Body:     flow.Body{Data: []byte("email=ada@example.com&password=hunter2&pin=4711&key=T3BlbiBzZXNhbWUhIQ%3D%3D")}},
		Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Content-Length", Value: "1"}},
			Body: flow.Body{Data: []byte(`{"email":"ada@example.com","password":81726354,"access_token":"` + forwardedJWT + `",
				"card":4111111111111111,"note":"write to ada@example.com","db":"postgres://admin:sw0rdf1sh@db.example.com/x",
				"secret":"0f8fad5b-d9cb-469f-a165-70867728950e","client_secret":"TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQ="}`)}}}
}

// TestForwarded replaces secrets by values of their formats, equal in all places, and by
// placeholders where there is no format.
func TestForwarded(t *testing.T) {
	f := forwardedFlow()
	before := string(f.Response.Body.Data)
	out := redact.New([]byte("key"), redact.Config{}).Forwarded(f)
	if string(f.Response.Body.Data) != before {
		t.Error("the flow itself changed")
	}
	var got struct {
		Email, AccessToken, Note, DB, Secret string
		Password                             int
		Card                                 int64
	}
	body := strings.Replace(string(out.Response.Body.Data), "access_token", "AccessToken", 1)
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	query, err := url.ParseQuery(out.Request.RawQuery)
	form, err2 := url.ParseQuery(string(out.Request.Body.Data))
	segment, err3 := url.PathUnescape(strings.TrimPrefix(out.Request.Path, "/users/"))
	if err != nil || err2 != nil || err3 != nil {
		t.Fatal(err, err2, err3)
	}
	for place, v := range map[string]string{"query": query.Get("email"), "form": form.Get("email"), "path": segment, "body": got.Email} {
		if !strings.HasSuffix(v, "@redacted.invalid") || v != got.Email {
			t.Errorf("%s: %q, in the body %q", place, v, got.Email)
		}
	}
	if v := out.Request.Header.Get("Authorization"); v != "Bearer "+got.AccessToken || !standin.Is(got.AccessToken) {
		t.Errorf("Authorization: %s, in the body %s", v, got.AccessToken)
	}
	if got.Secret != query.Get("access_token") || !standin.Is(got.Secret) {
		t.Errorf("UUIDs %q and %q", got.Secret, query.Get("access_token"))
	}
	if u, err := url.Parse(got.DB); err != nil || u.Host != "db.example.com" {
		t.Errorf("%s: %v", got.DB, err)
	}
	if got.Password < 1e7 || got.Password >= 1e8 || got.Card < 1e15 {
		t.Errorf("numbers %d, %d", got.Password, got.Card)
	}
	if !strings.Contains(got.Note, "[redacted:email:") || !strings.HasPrefix(form.Get("password"), "[redacted:secret:") {
		t.Errorf("no placeholder in %q or %q", got.Note, form.Get("password"))
	}
	all := string(marshal(out)) + body + string(out.Request.Body.Data)
	for _, secret := range []string{"ada", "hunter2", "4711", "sw0rdf1sh", "T3BlbiBz", "TG9yZW0", forwardedJWT, "0f8fad5b", "81726354", "4111111111111111"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is left in %s", secret, all)
		}
	}
	if n := out.Response.Header.Get("Content-Length"); n != jsonInt(len(out.Response.Body.Data)) || out.Response.Body.Size != int64(len(out.Response.Body.Data)) {
		t.Errorf("Content-Length %s, size %d", n, out.Response.Body.Size)
	}
}

// TestForwardedForms checks that stand-ins are escaped in forms and queries, and only there.
func TestForwardedForms(t *testing.T) {
	out := redact.New([]byte("key"), redact.Config{}).Forwarded(forwardedFlow())
	body := string(out.Response.Body.Data)
	_, rest, _ := strings.Cut(body, `"email":"`)
	email, _, ok := strings.Cut(rest, `"`)
	if !ok || !strings.Contains(email, "@") {
		t.Fatalf("no address in %s", body)
	}
	for place, text := range map[string]string{"form": string(out.Request.Body.Data), "query": out.Request.RawQuery} {
		if want := "email=" + url.QueryEscape(email) + "&"; !strings.HasPrefix(text, want) {
			t.Errorf("%s %s, want %s", place, text, want)
		}
	}
}

func jsonInt(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// TestForwardedAgain shows a forwarded flow as a reader redacts it: with placeholders for what
// stands for an address, a token, a number and a password.
func TestForwardedAgain(t *testing.T) {
	out := redact.New([]byte("another"), redact.Config{}).Flow(redact.New([]byte("key"), redact.Config{}).Forwarded(forwardedFlow()))
	body := string(out.Response.Body.Data)
	for _, want := range []string{`"email":"[redacted:email:`, `"password":"[redacted:secret:`, `"access_token":"[redacted:jwt:`, `"card":"[redacted:card:`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
}

// TestForwardedMessages checks that messages of a WebSocket have stand-ins as bodies have, equal to
// those, and that a flow without secrets leaves as it is.
func TestForwardedMessages(t *testing.T) {
	r := redact.New([]byte("key"), redact.Config{})
	f := flow.Flow{Request: flow.Request{Path: "/users/ada@example.com"}, Messages: []flow.Message{
		{Kind: flow.Text, Data: []byte(`{"email":"ada@example.com","n":1}`)}, {Kind: flow.Text, Data: []byte(`{"n":2}`)},
	}}
	out := r.Forwarded(f)
	path, err := url.PathUnescape(strings.TrimPrefix(out.Request.Path, "/users/"))
	if err != nil || !strings.HasSuffix(path, "@redacted.invalid") {
		t.Errorf("path %q, %v", path, err)
	}
	if got, want := string(out.Messages[0].Data), `{"email":"`+path+`","n":1}`; got != want {
		t.Errorf("message %s, want %s", got, want)
	}
	if string(out.Messages[1].Data) != `{"n":2}` || string(f.Messages[0].Data) != `{"email":"ada@example.com","n":1}` {
		t.Error("another message, or the flow itself, is changed")
	}
	plain := flow.Flow{Request: flow.Request{Path: "/users/7", RawQuery: "a=b%20c"}, Response: &flow.Response{Body: flow.Body{Data: []byte(`{"a": 1}`)}}}
	if got, want := string(marshal(r.Forwarded(plain))), string(marshal(plain)); got != want {
		t.Errorf("a flow without secrets leaves as %s, want %s", got, want)
	}
}
