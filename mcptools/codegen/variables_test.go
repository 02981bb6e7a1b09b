package codegen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// A secret that the response to an earlier request has is named with it: a program that signs in
// anew gets another one there.
func TestReturnedBy(t *testing.T) {
	const token, csrf = "[redacted:secret:00000000aa]", "[redacted:secret:00000000bb]"
	page := flow.Flow{Seq: 3, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/login", Header: flow.Header{{Name: "X-Token", Value: token}}}}
	page.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "text/html"}}, Body: flow.Body{Data: []byte(`<input name=csrf value="` + csrf + `"> ` + token)}}
	login := flow.Flow{Seq: 4, Request: flow.Request{Method: "POST", Scheme: "https", Authority: "a.example", Path: "/login", Header: flow.Header{{Name: "X-CSRF-Token", Value: csrf}, {Name: "X-Token", Value: token}}}}
	for _, framework := range Frameworks() {
		p := Generate(framework, []flow.Flow{page, login})
		if len(p.Variables) != 2 || p.Variables[0].ReturnedBy != "" || p.Variables[1].ReturnedBy != "body of the response to flow 3" {
			t.Errorf("%s: %+v", framework, p.Variables)
		}
		if remark := csrf + ", in the body of the response to flow 3"; !strings.Contains(p.Code, remark) || strings.Contains(p.Code, token+", in") {
			t.Errorf("%s: no %q in\n%s", framework, remark, p.Code)
		}
	}
	if p := Generate("curl", []flow.Flow{login, page}); p.Variables[0].ReturnedBy != "" {
		t.Errorf("%+v", p.Variables)
	}
}

// TestManySecrets writes programs with as many secrets as the headers that the proxy takes of one
// request. It took hours when each was compared with all others.
func TestManySecrets(t *testing.T) {
	const lines = 10_000
	f := newFlow("GET", "a.example", "/a", "")
	for i := range lines {
		name := fmt.Sprintf("X-%d", min(i, lines/2)) // half of them are lines of one header
		f.Request.Header = append(f.Request.Header, flow.Field{Name: name, Value: fmt.Sprintf("[redacted:token:%010x]", i)})
	}
	for _, framework := range Frameworks() {
		done := make(chan Program, 1)
		go func() { done <- Generate(framework, []flow.Flow{f}) }()
		select {
		case p := <-done:
			if last := p.Variables[len(p.Variables)-1]; len(p.Variables) != lines || last.Name != fmt.Sprintf("API_TOKEN_%d", lines) {
				t.Errorf("%s: %d variables, the last is %+v", framework, len(p.Variables), last)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: it does not end", framework)
		}
	}
}
