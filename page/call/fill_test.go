package call

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

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

// learning are documents that are not ready.
type learning struct{}

func (learning) Document(context.Context, catalog.Request, time.Duration) (*catalog.Document, error) {
	return nil, &catalog.NotReadyError{}
}

// TestWhileLearning checks that what needs a document says that it can be asked for again.
func TestWhileLearning(t *testing.T) {
	x := newFixture(t)
	x.panel = Panel(Config{Store: x.store, Documents: learning{}, Redact: redact.New([]byte("k"), redact.Config{})})
	post := Operation{x.host, "POST", "/users"}
	for name, in := range map[string]any{"form": post, "recorded": post, "fill": FillQuery{post, 2}, "prepare": Request{Operation: &post, Arguments: "{}"}} {
		if e := message(x.call(name, in, new(any))); e.Try != "open it again in a few seconds" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}
