package call

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/store"
)

// TestFill fills a form from a flow: with its values, but not with its secrets.
func TestFill(t *testing.T) {
	x := newFixture(t)
	x.add(x.host, "POST", "/users", `{"name":"eve","age":7,"password":"hunter2hunter2"}`, "Bearer "+token, 201) // flow 15
	x.add(x.host, "DELETE", "/users/7", "", "Bearer "+token, 204)
	post := Operation{Host: x.host, Method: "POST", Path: "/users"}
	var list RecordedFlows
	if err := x.call("recorded", post, &list); err != nil || len(list.Flows) != 7 {
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
	for name, q := range map[string]FillQuery{"another operation": {get, 2}, "another method": {get, 16}, "another host": {get, 14}, "no flow": {get, 99},
		"no operation": {Operation{x.host, "PUT", "/users"}, 1}} {
		if err := x.call("fill", q, &f); err == nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A secret in a parameter of a segment does not fill a form, though redaction takes the rest of the
// path with it, so that the redacted path is of no operation.
func TestFillFromHiddenPath(t *testing.T) {
	x := newFixture(t)
	for i := range 3 { // flow 15 and later
		x.add(x.host, "GET", "/m;token=sesamswordfish/Orders1", "", "Bearer "+token, 200)
		x.add(x.host, "GET", "/m"+strings.Repeat("x", i)+"/Orders1", "", "Bearer "+token, 200)
	}
	var f Filled
	err := x.call("fill", FillQuery{Operation{x.host, "GET", "/{id}/Orders1"}, 15}, &f)
	if err == nil || !strings.Contains(err.Error(), "secret") || strings.Contains(f.Arguments+err.Error(), "swordfish") {
		t.Errorf("%+v, %v", f, err)
	}
}

// unread is a store that cannot be scanned.
type unread struct{ store.Store }

var errUnread = errors.New("the disk is gone")

func (unread) Scan(context.Context, store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, errUnread) }
}

func (unread) Get(context.Context, flow.Seq) (flow.Flow, error) { return flow.Flow{}, errUnread }

// TestStoreFails checks that calls return the errors of the store.
func TestStoreFails(t *testing.T) {
	x := newFixture(t)
	x.panel = Panel(Config{
		Store: unread{x.store}, Documents: documents{catalog.New(catalog.Config{Store: x.store})}, Redact: redact.New([]byte("k"), redact.Config{}),
	})
	get := Operation{x.host, "GET", "/users/{userId}"}
	for name, in := range map[string]any{
		"form": get, "recorded": get, "fill": FillQuery{get, 1}, "draft": DraftQuery{1}, "prepare": Request{Seq: 1, Draft: &Draft{Method: "GET", Target: "/"}},
	} {
		if err := x.call(name, in, new(any)); !errors.Is(err, errUnread) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
