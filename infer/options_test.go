package infer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// get is a flow that reads path and is answered with body.
func get(path, query, body string) flow.Flow {
	f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: query},
		Response: &flow.Response{Status: 200}}
	send(&f.Response.Header, &f.Response.Body, "application/json", body)
	return f
}

// TestOptions: lists are paged and filtered like others of their kind; what belongs to one resource stays there.
func TestOptions(t *testing.T) {
	user := `{"id":%d,"login":"u","joined_at":"2024-01-02T03:04:05Z","score":1.5}`
	var fs []flow.Flow
	for i := range 3 {
		list := fmt.Sprintf("["+user+","+user+"]", i, i+7)
		page := func(path, query, body string) flow.Flow {
			f := get(path, query, body)
			f.Response.Header = append(f.Response.Header, flow.Field{Name: "Link", Value: `<https://api.example.com` + path + `?page=9>; rel="next"`})
			return f
		}
		fs = append(fs,
			page("/users", "page=2&limit=10", list), page("/orders", "page=2", `[{"order_no":1,"items":[]}]`), page("/files", "page=3&deep=true", `[{"size":1,"mime":"x"}]`),
			get(fmt.Sprintf("/teams/%d/members", i), "role=admin", list), get(fmt.Sprintf("/firms/%d/members", i), "role=guest", list), get(fmt.Sprintf("/clubs/%d/members", i), "", list),
			page("/hubs", "", `[{"hub_no":1,"ports":[]}]`), get("/tags", "", `["a","b"]`), get("/bins", "", `{"bins":[{"bin_no":4}]}`), get(fmt.Sprintf("/users/%d", i), "", fmt.Sprintf(user, i)))
	}
	want := map[string][]string{"/users": {"limit", "page"}, "/orders": {"page"}, "/files": {"deep", "page"}, "/tags": nil, "/bins": nil, "/hubs": {"page"}, "/users/{user_id}": nil,
		"/teams/{team_id}/members": {"role"}, "/firms/{firm_id}/members": {"role"}, "/clubs/{club_id}/members": {"role"}}
	d := learnt(fs).Document(infer.Policy{})
	for _, op := range d.Operations {
		var got []string
		for _, p := range op.Params {
			if p.In == infer.InQuery {
				got = append(got, p.Name)
				if p.Required {
					t.Errorf("%s requires %s", op.Path, p.Name)
				}
			}
		}
		if w, known := want[op.Path]; !known || !slices.Equal(got, w) {
			t.Errorf("%s takes %v, want %v", op.Path, got, w)
		}
	}
	if len(d.Operations) != len(want) {
		t.Errorf("%d operations, want %d", len(d.Operations), len(want))
	}
}
