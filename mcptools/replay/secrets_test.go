package replay

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/test/must"
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
	body, missing := s.Restore(string(redacted.Request.Body.Data), scan.JSON.Encode)
	if body != string(raw.Request.Body.Data) || missing != "" {
		t.Errorf("the body is %s, missing %q", body, missing)
	}
	raw.Request.Body.Data = []byte(`{"pin":471147,"password":"s3cr<et-value"}`)
	redacted = redact.New([]byte("key"), redact.Config{}).Flow(raw)
	_, text, _ := strings.Cut(string(redacted.Request.Body.Data), `,`)
	if got, missing := SecretsOf(&raw, &redacted).Restore(text, scan.JSON.Encode); got != `"password":"s3cr<et-value"}` || missing != "" {
		t.Errorf("beside a number, the body is %s, missing %q", got, missing)
	}
	if _, missing := s.Restore("[redacted:token:0123456789]", nil); missing == "" {
		t.Error("a placeholder of another flow was replaced")
	}
}

// Placeholders behind what is read of a large body are restored under no name.
func TestPlacesOfLargeBody(t *testing.T) {
	const mark = "[redacted:secret:0123456789]"
	p := places{}
	p.addJSON(`{"password":"` + mark + `","a":[` + strings.Repeat("0,", scan.MaxNodes) + `0],"note":"` + mark + `"}`)
	if !p[mark][noName] {
		t.Errorf("it has the names %v", p[mark])
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
	q := must.Get(New(captured(), []string{"https://api.example.com"}, r, nil))
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
			q := must.Get(New(raw, []string{"https://api.example.com"}, r, vars))
			err := q.Apply(Changes{Headers: c.headers})
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
