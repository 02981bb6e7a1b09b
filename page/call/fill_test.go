package call

import (
	"slices"
	"strings"
	"testing"
)

// TestFill fills a form from a flow: with its values, but not with its secrets.
func TestFill(t *testing.T) {
	x := newFixture(t)
	x.add(x.host, "POST", "/users", `{"name":"eve","age":7,"password":"hunter2hunter2"}`, "Bearer "+token, 201) // flow 15
	x.add(x.host, "DELETE", "/users/7", "", "Bearer "+token, 204)
	x.add(x.host, "POST", "/users", `{"name":`, "Bearer "+token, 500)
	post := Operation{Host: x.host, Method: "POST", Path: "/users"}
	var list RecordedFlows
	if err := x.call("recorded", post, &list); err != nil || len(list.Flows) != 8 {
		t.Fatalf("%+v, %v", list, err)
	}
	if first := list.Flows[0]; first.Seq != 15 || first.Status != 201 || first.Target != "/users" {
		t.Errorf("the newest is %+v", first)
	}
	get := Operation{Host: x.host, Method: "GET", Path: "/users/{userId}"}
	if err := x.call("recorded", get, &list); err != nil || len(list.Flows) != 7 || list.Flows[0].Status != 200 || list.Flows[6].Status != 401 {
		t.Errorf("what was refused is not last: %+v, %v", list, err)
	}
	var f Filled
	if err := x.call("fill", FillQuery{post, 2}, &f); err != nil || f.Arguments != `{"requestBody":{"name":"ann 0","age":0}}` || len(f.Hidden) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
	err := x.call("fill", FillQuery{post, 15}, &f)
	if err != nil || strings.Contains(f.Arguments, "hunter2") || strings.Contains(f.Arguments, "redacted") || !slices.Equal(f.Hidden, []string{"requestBody.password"}) {
		t.Errorf("%+v, %v", f, err)
	}
	if !strings.Contains(f.Arguments, `"name":"eve"`) {
		t.Errorf("%+v", f)
	}
	if err := x.call("fill", FillQuery{get, 1}, &f); err != nil || !strings.Contains(f.Arguments, "1") {
		t.Errorf("%+v, %v", f, err)
	}
	for _, tt := range []struct {
		name string
		q    FillQuery
		want string
	}{
		{"another operation", FillQuery{get, 2}, "flow 2 is of another operation"}, {"another method", FillQuery{get, 16}, "flow 16 is of another operation"},
		{"another host", FillQuery{get, 14}, "flow 14 is of another operation"}, {"no flow", FillQuery{get, 99}, "this flow is no longer in the store"},
		{"no operation", FillQuery{Operation{x.host, "PUT", "/users"}, 1}, "the document has no such operation to call: later flows changed it"},
		{"a body that is no JSON", FillQuery{post, 17}, "flow 17 cannot fill the form: "},
	} {
		if err := x.call("fill", tt.q, &f); !strings.HasPrefix(message(err).Message, tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, f, err)
		}
	}
}

// A secret that is a parameter of the path is left to the person, and the rest fills the form.
func TestFillWithoutSecretOfPath(t *testing.T) {
	const key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
	x := newFixture(t)
	x.add(x.host, "GET", "/users/"+key, "", "Bearer "+token, 200) // flow 15
	var f Filled
	err := x.call("fill", FillQuery{Operation{x.host, "GET", "/users/{userId}"}, 15}, &f)
	if err != nil || f.Arguments != "{}" || !slices.Equal(f.Hidden, []string{"userId"}) {
		t.Errorf("%+v, %v", f, err)
	}
}
