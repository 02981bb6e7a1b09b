package authdetect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

func TestSignInOf(t *testing.T) {
	const json, form = "application/json", "application/x-www-form-urlencoded"
	const secret = "[redacted:secret:0123456789]"
	post := func(mediaType, body string) flow.Flow {
		f := send(mediaType, body)
		f.Request.Method = "POST"
		return f
	}
	answered := func(f flow.Flow, status int, header flow.Header, body string) flow.Flow {
		f.Response = &flow.Response{Status: status, Header: header, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
		return f
	}
	isJSON := flow.Header{{Name: "Content-Type", Value: json}}
	login := post(form, "csrf_token=x&username=ann&password="+secret)
	cookies := flow.Header{{Name: "Set-Cookie", Value: "sid=" + secret + "; Path=/"}, {Name: "Set-Cookie", Value: "XSRF-TOKEN=" + secret}, {Name: "Set-Cookie", Value: "theme=dark"}, {Name: "Set-Cookie", Value: "old_session=; Max-Age=0"}}
	token := post(form, "grant_type=client_credentials")
	token.Request.Header = append(token.Request.Header, flow.Field{Name: "Authorization", Value: "Basic " + secret})
	large := post(json, `{"password":"`+secret+`","x":"`+strings.Repeat("x", maxBodyKeys)+`"}`)
	read := answered(request("Accept", "*/*", ""), 200, isJSON, `{"access_token":"`+secret+`"}`)
	for _, c := range []struct {
		name string
		flow flow.Flow
		want string // what it sends and gives, and whether it was refused; "" if it is no sign-in
	}{
		{"form", answered(login, 302, cookies, ""), "[csrf_token username password] [cookie sid] 0"},
		{"refused form", answered(login, 401, nil, ""), "[csrf_token username password] [] 1"},
		{"form without an effect", answered(login, 200, nil, ""), ""},
		{"JSON", answered(post(json, `{"user":"ann","passWord":"x"}`), 200, isJSON, `{"data":{"token":"`+secret+`"},"email":"[redacted:email:0123456789]"}`), "[passWord user] [body $.data.token] 0"},
		{"token endpoint", answered(token, 200, isJSON, `{"access_token":"`+secret+`","scope":"a"}`), "[Authorization: Basic grant_type=client_credentials] [body $.access_token] 0"},
		{"exchange", answered(post(json, `{"public_token":"p"}`), 200, isJSON, `{"accessToken":"`+secret+`"}`), "[public_token] [body $.accessToken] 0"},
		{"refused exchange", answered(post(json, `{"public_token":"p"}`), 400, isJSON, `{"error":"access_token"}`), ""},
		{"created key", answered(post(json, `{"name":"p"}`), 201, isJSON, `{"secret":"`+secret+`"}`), ""},
		{"token that is not secret", answered(post(json, `{"password":"p"}`), 200, isJSON, `{"token":"none"}`), ""},
		{"no response", login, ""},
		{"read", read, ""},
		{"large body", answered(large, 200, cookies, ""), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, ok := SignInOf(&c.flow)
			if got := fmt.Sprint(s.Sends, s.Gives, s.Refused); ok != (c.want != "") || ok && (strings.ReplaceAll(got, "][", "] [") != strings.ReplaceAll(c.want, "][", "] [") || s.Requests != 1 || s.Endpoint != c.flow.Request.Method+" https://api.example.com/v1/things") {
				t.Errorf("%v, %+v; want %q", got, s, c.want)
			}
		})
	}
}

// The order in which flows are added does not matter, and endpoints that only refuse are left out.
func TestSignIns(t *testing.T) {
	list := []SignIn{
		{Endpoint: "POST https://a/login", Sends: []string{"password", "user"}, Gives: []string{"cookie sid"}, Requests: 1, Flow: 7, succeeded: true},
		{Endpoint: "POST https://a/login", Sends: []string{"password", "code"}, Refused: 1, Requests: 1, Flow: 9},
		{Endpoint: "POST https://a/login", Sends: []string{"password"}, Gives: []string{"cookie sid"}, Requests: 1, Flow: 3, succeeded: true},
		{Endpoint: "POST https://a/users", Sends: []string{"password"}, Refused: 1, Requests: 1, Flow: 11},
	}
	for range 2 {
		all := SignIns{}
		for i := range list {
			all.Add(&list[i])
		}
		got := all.List()
		if len(got) != 1 || got[0].Requests != 3 || got[0].Refused != 1 || got[0].Flow != 7 || fmt.Sprint(got[0].Sends, got[0].Gives) != "[code password user] [cookie sid]" {
			t.Errorf("%+v", got)
		}
		slices.Reverse(list)
	}
	all := SignIns{}
	for i := range 100 {
		all.Add(&SignIn{Endpoint: fmt.Sprintf("POST https://a/%d", i), Gives: []string{"cookie sid"}, succeeded: true})
	}
	if n := len(all.List()); n != maxSignIns {
		t.Errorf("%d endpoints", n)
	}
}
