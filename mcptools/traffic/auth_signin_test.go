package traffic

import (
	"fmt"
	"slices"
	"testing"
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
