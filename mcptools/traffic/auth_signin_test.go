package traffic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// The order in which flows are added does not matter, and endpoints that only refuse are left out.
func TestSignIns(t *testing.T) {
	list := []signIn{
		{Endpoint: "POST https://a/login", Sends: []string{"password", "user"}, Gives: []string{"cookie sid"}, Requests: 1, Flow: 7, succeeded: true},
		{Endpoint: "POST https://a/login", Sends: []string{"password", "code"}, Refused: 1, Requests: 1, Flow: 9},
		{Endpoint: "POST https://a/login", Sends: []string{"password"}, Gives: []string{"cookie sid"}, Requests: 1, Flow: 3, succeeded: true},
		{Endpoint: "POST https://a/users", Sends: []string{"password"}, Refused: 1, Requests: 1, Flow: 11},
	}
	for range 2 {
		all := signIns{}
		for i := range list {
			all.Add(&list[i])
		}
		got := all.List(nil)
		if len(got) != 1 || got[0].Requests != 3 || got[0].Refused != 1 || got[0].Flow != 7 || fmt.Sprint(got[0].Sends, got[0].Gives) != "[code password user] [cookie sid]" {
			t.Errorf("%+v", got)
		}
		slices.Reverse(list)
	}
	all := signIns{}
	for i := range 100 {
		all.Add(&signIn{Endpoint: fmt.Sprintf("POST https://a/%d", i), Gives: []string{"cookie sid"}, succeeded: true})
	}
	if n := len(all.List(nil)); n != maxSignIns {
		t.Errorf("%d endpoints", n)
	}
}

// TestTokensThatAreUsed has an endpoint whose answer is a credential of later requests, and one whose
// secret nobody sends.
func TestTokensThatAreUsed(t *testing.T) {
	const token, other = "[redacted:secret:0123456789]", "[redacted:secret:9876543210]"
	answered := func(path, body string) *flow.Flow {
		f := send("application/json", `{"description":"phone"}`)
		f.Request.Method, f.Request.Path = "POST", path
		f.Response = &flow.Response{Status: 201, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
		return &f
	}
	user := send("application/json", "{}")
	user.Request.Header = append(user.Request.Header, flow.Field{Name: "Authorization", Value: token})
	if _, ok := authSignals(&user)[apiKey]; !ok {
		t.Error("a key without a scheme is no sign")
	}
	var x authFindings
	inHeader := answered("/tokens", `{}`)
	inHeader.Request.Body = flow.Body{Data: []byte(`{"auth":{"name":"ann"}}`), Size: 23}
	inHeader.Response.Header = append(inHeader.Response.Header, flow.Field{Name: "X-Subject-Token", Value: token})
	for _, f := range []*flow.Flow{inHeader, answered("/keys", `{"token":"`+token+`"}`), answered("/hooks", `{"secret":"`+other+`"}`), &user} {
		if commit := x.Observe(f, f); commit != nil {
			commit()
		}
	}
	all, used := signIns{}, map[string]string{}
	x.Sum(nil, authTypes{}, all, used)
	if got := all.List(used); len(got) != 2 || !strings.HasSuffix(got[0].Endpoint, "/keys") || got[0].Gives[0] != "body $.token, sent as Authorization" ||
		got[1].Gives[0] != "header X-Subject-Token, sent as Authorization" || got[1].Sends[0] != "auth.name" {
		t.Errorf("got %v", got)
	}
}
