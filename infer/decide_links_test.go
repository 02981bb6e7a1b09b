package infer_test

import (
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestReferences holds that a field links to the operation that takes its values, even if the
// parameter has another name, once several values occurred in both. Integers do not link, since
// they can be equal by chance.
func TestReferences(t *testing.T) {
	var fs []flow.Flow
	for i := range 5 {
		user := fmt.Sprintf("6f1e2d3c-0000-4000-8000-00000000000%d", i)
		order := fmt.Sprintf("o-%d-9f3a7", i)
		fs = append(fs,
			get("/users/"+user, "", fmt.Sprintf(`{"id":%q,"login":"u%d"}`, user, i)),
			get(fmt.Sprintf("/shelves/%d", 40+i), "", fmt.Sprintf(`{"id":%d,"rows":3}`, 40+i)),
			get("/orders/"+order, "", fmt.Sprintf(`{"id":%q,"buyer_id":%q,"batch_id":%d}`, order, user, 40+i)))
	}
	d := soundBoth(t, fs)
	var got []string
	for _, op := range d.Operations {
		for _, r := range op.Responses {
			for _, l := range r.Links {
				for _, p := range l.Parameters {
					got = append(got, op.ID+" "+l.Operation+" "+p.Expression)
				}
			}
		}
	}
	if fmt.Sprint(got) != "[getOrder getUser $response.body#/buyer_id]" {
		t.Errorf("got the links %v", got)
	}
}

// TestReferencesBelowItems holds that a link to an operation below an item needs the parameters of
// this item in the path of the operation with the field, which then gives them.
func TestReferencesBelowItems(t *testing.T) {
	var fs []flow.Flow
	for i := range 5 {
		user := fmt.Sprintf("6f1e2d3c-0000-4000-8000-00000000000%d", i)
		team := fmt.Sprintf("7a1e2d3c-0000-4000-8000-00000000000%d", i)
		task, audit := fmt.Sprintf("t-%d-9f3a7", i), fmt.Sprintf("a-%d-9f3a7", i)
		fs = append(fs,
			get("/teams/"+team+"/users/"+user, "", fmt.Sprintf(`{"id":%q,"login":"u%d"}`, user, i)),
			get("/teams/"+team+"/tasks/"+task, "", fmt.Sprintf(`{"id":%q,"buyer_id":%q}`, task, user)),
			get("/audits/"+audit, "", fmt.Sprintf(`{"id":%q,"seller_id":%q}`, audit, user)),
			get("/newest", "", fmt.Sprintf(`{"at":%d,"owner_id":%q}`, i, user)))
	}
	var got []string
	for _, op := range soundBoth(t, fs).Operations {
		for _, l := range op.Responses[0].Links {
			got = append(got, fmt.Sprint(op.ID, " ", l.Operation, " ", l.Parameters))
		}
	}
	if want := "[getTeamTask getTeamUser [{team_id $request.path.team_id} {user_id $response.body#/buyer_id}]]"; fmt.Sprint(got) != want {
		t.Errorf("got the links %v, want %s", got, want)
	}
}

// TestLinksByEnding holds that the id of a new thing leads to the operations on it, although a read
// takes its name, too.
func TestLinksByEnding(t *testing.T) {
	var fs []flow.Flow
	for i := range 5 {
		id, name := 40+i, fmt.Sprintf("ann%d", i)
		user := fmt.Sprintf(`{"id":%d,"username":%q}`, id, name)
		created := get("/users", "", user)
		created.Request.Method, created.Response.Status = "POST", 201
		updated := get(fmt.Sprintf("/users/%d", id), "", user)
		updated.Request.Method = "PUT"
		fs = append(fs, created, updated, get("/users/"+name, "", user))
	}
	var got []string
	for _, op := range soundBoth(t, fs).Operations {
		for _, l := range op.Responses[0].Links {
			got = append(got, fmt.Sprint(op.ID, " ", l.Operation, " ", l.Parameters[0].Expression))
		}
	}
	if want := "[createUser getUser $response.body#/id createUser replaceUser $response.body#/id]"; fmt.Sprint(got) != want {
		t.Errorf("got the links %v, want %s", got, want)
	}
}

// TestSourcesOfIntegers holds that orders are not said to come from users whose ids are the same
// numbers.
func TestSourcesOfIntegers(t *testing.T) {
	var fs []flow.Flow
	for i := range 5 {
		user, order := fmt.Sprintf(`{"id":%d,"mail":"x"}`, i+1), fmt.Sprintf(`{"id":%d,"total":%d}`, i+1, 7*i)
		fs = append(fs, post("/users", `{"mail":"x"}`, user), post("/orders", `{"item":"x"}`, order),
			get(fmt.Sprintf("/orders/%d", i+1), "", order), get("/carts", "", fmt.Sprintf(`{"order_id":%d,"sum":2}`, i+1)))
	}
	for _, op := range soundBoth(t, fs).Operations {
		if op.ID == "getOrder" && fmt.Sprint(op.Params[0].Sources) != "[GET /carts POST /orders]" {
			t.Errorf("orders come from %v", op.Params[0].Sources)
		}
	}
}

// TestSourcesOfWords holds that a plan is not said to come from what has one equal value, unless
// the field names it.
func TestSourcesOfWords(t *testing.T) {
	var fs []flow.Flow
	for _, plan := range []string{"gold-9x", "iron-7k"} {
		fs = append(fs, get("/rate-plans", "", fmt.Sprintf(`[{"slug":%q}]`, plan)), get("/rate-plans/"+plan, "", fmt.Sprintf(`{"slug":%q}`, plan)),
			get("/me", "", fmt.Sprintf(`{"slug":%q,"n":1}`, plan)), get("/bill", "", fmt.Sprintf(`{"rate_plan_id":%q,"n":1}`, plan)))
	}
	for _, op := range soundBoth(t, fs).Operations {
		if len(op.Params) > 0 && fmt.Sprint(op.Params[0].Sources) != "[GET /bill GET /rate-plans]" {
			t.Errorf("plans come from %v", op.Params[0].Sources)
		}
	}
}
