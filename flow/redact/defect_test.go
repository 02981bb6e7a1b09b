package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/mark"
)

// No other test of this package passes if redaction panics.
func init() { onDefect = func(p any) { panic(p) } }

// TestDefect redacts by a redactor that panics, since it has no rules. Nothing is shown, and the
// program goes on.
func TestDefect(t *testing.T) {
	told := 0
	before := onDefect
	onDefect = func(any) { told++ }
	defer func() { onDefect = before }()
	const secret = "swordfish"
	r := &Redactor{}
	for name, redact := range map[string]func() string{
		"Body":        func() string { return string(r.Body("text/plain", []byte("password="+secret))) },
		"Body, JSON":  func() string { return string(r.Body("application/json", []byte(`{"password":"`+secret+`"}`))) },
		"JSON":        func() string { return string(r.JSON([]byte(`{"password":"` + secret + `"}`))) },
		"HeaderValue": func() string { return r.HeaderValue("X-Password", secret) },
		"Cookies":     func() string { return r.Cookies("password=" + secret) },
		"Query":       func() string { return r.Query("password=" + secret) },
		"Path":        func() string { return r.Path("/password/" + secret) },
		"URL":         func() string { return r.URL("https://a.example/?password=" + secret) },
		"Value":       func() string { return r.Value("password", secret) },
		"Text":        func() string { return r.Text("password=" + secret) },
	} {
		told = 0
		if got := strings.TrimPrefix(redact(), "/"); !mark.Is(got) || !strings.HasPrefix(got, mark.Prefix+mark.Unread) || told != 1 {
			t.Errorf("%s: %q, a panic was told %d times", name, got, told)
		}
	}
	f := flow.Flow{Seq: 7, Done: true, Request: flow.Request{
		Method: "PUT", Scheme: "https", Authority: "a.example", Path: "/" + secret, RawQuery: "a=" + secret,
		Header: flow.Header{{Name: "X-A", Value: secret}}, Body: flow.Body{Data: []byte(secret), Size: 9},
	}, Response: &flow.Response{
		Status: 200, Header: flow.Header{{Name: "X-A", Value: secret}}, Body: flow.Body{Data: []byte(secret), Size: 9},
	}, Messages: []flow.Message{{Data: []byte(secret)}}, Err: secret}
	fails := func() (out flow.Flow) {
		defer r.hideFlow(&out, f)
		panic("defect")
	}
	for name, got := range map[string]flow.Flow{"parts": r.Flow(f), "whole": fails()} {
		if text := fmt.Sprintf("%+v %+v", got, got.Response); strings.Contains(text, secret) || strings.Contains(text, fmt.Sprint([]byte(secret))) {
			t.Errorf("%s: shown: %s", name, text)
		}
		if got.Seq != 7 || got.Request.Method != "PUT" || !strings.HasPrefix(got.Request.Path, "/[") || got.Request.Body.Size == 0 || got.Response.Status != 200 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
