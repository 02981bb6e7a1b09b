package codegen

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestVariableNames checks that variables have the names of what they hold, and never one that the
// capture chose.
func TestVariableNames(t *testing.T) {
	const secret = "Zx81kQ9vT2mB7nL4"
	for _, tt := range []struct {
		name, header, value, query, body string
		want                             string
	}{
		{name: "bearer", header: "Authorization", value: "Bearer " + secret, want: "API_TOKEN"},
		{name: "header", header: "X-Api-Key", value: secret, want: "API_KEY"},
		{name: "csrf", header: "X-Csrf-Token", value: secret, want: "CSRF_TOKEN"},
		{name: "cookies", header: "Cookie", value: "a=" + secret + "; csrftoken=" + secret + "x; b=" + secret + "y", want: "SESSION_COOKIE CSRF_TOKEN SESSION_COOKIE_2"},
		{name: "query", query: "api_key=" + secret + "&access_token=" + secret + "x", want: "API_KEY ACCESS_TOKEN"},
		{name: "JSON", body: `{"password": "` + secret + `", "client_secret":"` + secret + `x"}`, want: "PASSWORD CLIENT_SECRET"},
		{name: "XML", body: `<a><password>` + secret + `</password></a>`, want: "PASSWORD"},
		{name: "e-mail", body: `{"to":"someone@mail.example.com"}`, want: "EMAIL_ADDRESS"},
		{name: "name of a shell", body: `{"LD_PRELOAD_password":"` + secret + `","PATH_secret":"` + secret + `x"}`, want: "PASSWORD SECRET"},
		{name: "basic", header: "Authorization", value: "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+secret)), want: "BASIC_USER BASIC_PASSWORD"},
		{name: "key as the user", header: "Authorization", value: "basic " + base64.StdEncoding.EncodeToString([]byte(secret+":")), want: "BASIC_USER"},
		{name: "equal", header: "X-Api-Key", value: secret, query: "api_key=" + secret, want: "API_KEY"},
	} {
		f := newFlow("POST", "a.example", "/a", tt.query)
		if tt.header != "" {
			f.Request.Header = flow.Header{{Name: tt.header, Value: tt.value}}
		}
		if tt.body != "" {
			media := map[byte]string{'{': "application/json", '<': "application/xml"}[tt.body[0]]
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Type", Value: media})
			f.Request.Body = flow.Body{Data: []byte(tt.body), Size: int64(len(tt.body))}
		}
		for _, framework := range Frameworks() {
			p := generate(framework, f)
			var names []string
			for _, v := range p.Variables {
				names = append(names, v.Name)
			}
			if !slices.Equal(names, strings.Fields(tt.want)) || strings.Contains(p.Code, secret) {
				t.Errorf("%s, %s: variables %q, want %s\n%s", tt.name, framework, names, tt.want, p.Code)
			}
		}
	}
}

func TestBasicCredentials(t *testing.T) {
	const a, b = "[redacted:secret:0123456789]", "[redacted:secret:9876543210]"
	for value, want := range map[string]string{
		"Basic " + a + ":" + b: a + " " + b, "basic alice:" + b: "alice " + b, "Basic " + a: a + " ", "Basic YTpi": "-", "Bearer " + a: "-", "": "-",
	} {
		user, password, ok := BasicCredentials("authorization", value)
		if got := user + " " + password; ok != (want != "-") || ok && got != want {
			t.Errorf("%s: %q, %v", value, got, ok)
		}
	}
	f := newFlow("GET", "a.example", "/a", "")
	f.Request.Header = flow.Header{{Name: "Authorization", Value: "Basic " + a + ":" + b}}
	if got := Curl(&f); got != "curl http://a.example/a -u '"+a+":"+b+"'" {
		t.Error(got)
	}
}

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
