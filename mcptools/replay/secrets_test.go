package replay

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
)

const bearer = "correct-horse-battery-staple"

func captured() flow.Flow {
	return flow.Flow{Seq: 1, Request: flow.Request{
		Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/v1/things", RawQuery: "token=hunter2hunter2",
		Header: flow.Header{
			{Name: "Authorization", Value: "Bearer " + bearer}, {Name: "Content-Type", Value: "application/json"},
		},
		Body: flow.Body{Data: []byte(`{"password":"s3cr\"et-value","name":"x"}`), Size: 40},
	}}
}

// Each placeholder of a redacted flow can be replaced by its secret again.
func TestSecretsOf(t *testing.T) {
	raw := captured()
	redacted := redact.New([]byte("key"), redact.Config{}).Flow(raw)
	s := SecretsOf(&raw, &redacted)
	for _, c := range []struct{ name, text, want string }{
		{"header", redacted.Request.Header.Get("Authorization"), "Bearer " + bearer},
		{"query", placeholder.Unescape(redacted.Request.RawQuery), "token=hunter2hunter2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, missing := s.Restore(c.text, nil)
			if got != c.want || missing != "" || c.text == c.want {
				t.Errorf("Restore(%q) = %q, %q, want %q", c.text, got, missing, c.want)
			}
		})
	}
	body, missing := s.Restore(string(redacted.Request.Body.Data), escapeJSON)
	if body != string(raw.Request.Body.Data) || missing != "" {
		t.Errorf("the body is %s, missing %q", body, missing)
	}
	if _, missing := s.Restore("[redacted:token:0123456789]", nil); missing == "" {
		t.Error("a placeholder of another flow was replaced")
	}
}

// A flow that a hub got has no secrets: what stands for them there is not sent in their place.
func TestSecretsOfForwarded(t *testing.T) {
	raw := redact.New([]byte("source"), redact.Config{}).Forwarded(flow.Flow{Request: flow.Request{
		Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/v1/things", RawQuery: "token=hunter2hunter2",
		Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
		Body:   flow.Body{Data: []byte(`{"email":"ada@example.com","secret":"0f8fad5b-d9cb-469f-a165-70867728950e"}`)},
	}})
	if !strings.Contains(string(raw.Request.Body.Data), "@redacted.invalid") {
		t.Fatalf("the body is %s", raw.Request.Body.Data)
	}
	redacted := redact.New([]byte("hub"), redact.Config{}).Flow(raw)
	if s := SecretsOf(&raw, &redacted); len(s) > 0 {
		t.Errorf("secrets %q", s)
	}
}

// TestAlign checks which secrets a text tells that its redacted form has hidden.
func TestAlign(t *testing.T) {
	const a, b = "[redacted:token:0123456789]", "[redacted:token:9876543210]"
	for _, tt := range []struct {
		name, raw, redacted string
		want                Secrets
	}{
		{"nothing hidden", "x", "x", nil},
		{"a whole text", "one", a, Secrets{a: "one"}},
		{"a part", "x=one;", "x=" + a + ";", Secrets{a: "one"}},
		{"two", "x=one&y=two!", "x=" + a + "&y=" + b + "!", Secrets{a: "one", b: "two"}},
		{"two in a row", "onetwo", a + b, nil},
		{"an empty one before another", "x=&y=two", "x=" + a + "&y=" + b, nil},
		{"an empty one", "x=", "x=" + a, nil},
		{"another beginning", "y=one", "x=" + a, nil},
		{"another middle", "x=one;y=two", "x=" + a + "&y=" + b, nil},
		{"another end", "x=one,", "x=" + a + ";", nil},
		{"a text that is too short", "x=;;", "x=" + a + ";;;", nil},
		{"a placeholder in its own place", "x=" + b, "x=" + a, Secrets{}},
	} {
		s := Secrets{}
		s.align(tt.raw, tt.redacted, nil)
		if !maps.Equal(s, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
	s := Secrets{}
	if s.align("x=%6Fne", "x="+a, func(s string) string { return strings.ReplaceAll(s, "%6F", "o") }); s[a] != "one" {
		t.Errorf("an escaped one: %q", s)
	}
}

// TestHideInFlow checks that the secrets that a redacted flow still shows are hidden in the flow
// itself, and that all other texts of it stay.
func TestHideInFlow(t *testing.T) {
	const mark, secret, own = "[redacted:token:0123456789]", "hunter2-hunter2", "another-secret"
	s := Secrets{mark: secret}
	build := func(value string) flow.Flow {
		body := flow.Body{Data: []byte("b " + value), Size: 99, Truncated: true}
		return flow.Flow{
			Request:  flow.Request{Path: "/p/" + value, RawQuery: "q=" + value, Header: flow.Header{{Name: "X-A", Value: value}, {Name: "X-B", Value: own}}, Body: body},
			Response: &flow.Response{Header: flow.Header{{Name: "X-C", Value: value}}, Body: body},
		}
	}
	want := build(mark)
	for _, b := range []*flow.Body{&want.Request.Body, &want.Response.Body} {
		b.Size = int64(len(b.Data))
	}
	if got := s.HideInFlow(build(secret), build(secret)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v %+v, want %+v %+v", got.Request, got.Response, want.Request, want.Response)
	}
	if got := s.HideInFlow(build(secret), build("***")); !reflect.DeepEqual(got, build(secret)) {
		t.Errorf("what redaction hides was changed: %+v %+v", got.Request, got.Response)
	}
	// Lines that redaction removed or renamed are looked at themselves.
	for name, header := range map[string]flow.Header{
		"fewer": {{Name: "X-A", Value: "***"}}, "more": {{Name: "X-A", Value: "***"}, {}, {}}, "none": nil, "renamed": {{Name: "X-Z", Value: "***"}, {}},
	} {
		redacted := build("***")
		redacted.Request.Header = header
		if got := s.HideInFlow(build(secret), redacted); got.Request.Header[0].Value != mark || got.Request.Header[1].Value != own {
			t.Errorf("%s: %v", name, got.Request.Header)
		}
	}
	raw := build(secret)
	s.HideInFlow(raw, build(secret))
	if !reflect.DeepEqual(raw, build(secret)) {
		t.Error("the flow that was given has changed")
	}
	raw.Response = nil
	if got := s.HideInFlow(raw, build(secret)); got.Response != nil || got.Request.Path != "/p/"+mark {
		t.Errorf("without an answer: %+v", got)
	}
	raw = build(secret)
	without := build(secret)
	without.Response = nil
	if got := s.HideInFlow(raw, without); got.Response != raw.Response {
		t.Errorf("without a redacted answer: %+v", got)
	}
}

// Hide removes secrets from a response in every form.
func TestHide(t *testing.T) {
	const mark = "[redacted:secret:0123456789]"
	s := Secrets{mark: `a "secret" & more`, "[redacted:secret:9876543210]": "short"}
	for _, c := range []struct{ name, in, want string }{
		{"plain", `x a "secret" & more y`, "x " + mark + " y"},
		{"JSON", `{"x":"a \"secret\" \u0026 more"}`, `{"x":"` + mark + `"}`},
		{"query", "x=a+%22secret%22+%26+more", "x=" + mark},
		{"short secret", "a short text", "a short text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(s.Hide([]byte(c.in))); got != c.want {
				t.Errorf("Hide(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestNewRefusesOtherOrigins(t *testing.T) {
	r := redact.New([]byte("key"), redact.Config{})
	var te *tool.Error
	if _, err := New(captured(), []string{"https://other.example"}, r, nil); !errors.As(err, &te) || te.Code != tool.CodeRefused {
		t.Errorf("got %v, want %s", err, tool.CodeRefused)
	}
	q, err := New(captured(), []string{"https://api.example.com"}, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, address := q.Shown(); strings.Contains(address, "hunter2") {
		t.Errorf("the shown URL has a secret: %s", address)
	}
}

// A change uses variables and the flow's own placeholders; a placeholder of another flow is refused.
func TestApply(t *testing.T) {
	raw := captured()
	r := redact.New([]byte("key"), redact.Config{})
	redacted := r.Flow(raw)
	mark := strings.TrimPrefix(redacted.Request.Header.Get("Authorization"), "Bearer ")
	vars := map[string]Variable{"id": {Text: "17"}}
	for _, c := range []struct{ name, headers, want string }{
		{"variable", `{"X-Id":"${id}-$id-$idx"}`, "17-17-$idx"},
		{"placeholder", `{"Authorization":"Token ` + mark + `"}`, "Token " + bearer},
		{"placeholder under another name", `{"X-Id":"` + mark + `"}`, ""},
		{"other placeholder", `{"X-Id":"[redacted:token:0123456789]"}`, ""},
		{"not an object", `[]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := New(raw, []string{"https://api.example.com"}, r, vars)
			if err != nil {
				t.Fatal(err)
			}
			err = q.Apply(Changes{Headers: c.headers})
			if c.want == "" {
				if err == nil {
					t.Error("the change was accepted")
				}
				return
			}
			got := q.Call.Header[len(q.Call.Header)-1].Value
			if err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}
