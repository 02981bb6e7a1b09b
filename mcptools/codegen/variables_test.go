package codegen

import (
	"strings"
	"testing"

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
