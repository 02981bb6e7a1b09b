package traffic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/page/wire"
)

// described is what a test says about hosts. Without an answer it asks the documents behind it.
type described struct {
	Documents
	document func(host string) (*catalog.Document, error)
	explain  func(host, method, path string) (*infer.Explanation, error)
}

func (d *described) Document(ctx context.Context, r catalog.Request, wait time.Duration) (*catalog.Document, error) {
	if doc, err := d.document(r.Hosts[0]); doc != nil || err != nil {
		return doc, err
	}
	return d.Documents.Document(ctx, r, wait)
}

func (d *described) Explain(_ context.Context, r catalog.Request, _ time.Duration, method, path string) (*infer.Explanation, error) {
	return d.explain(r.Hosts[0], method, path)
}

// TestPlace checks which operation a flow belongs to, or why it belongs to none.
func TestPlace(t *testing.T) {
	p, db, _ := open(t)
	get := exchange("GET", "/v1/users/7", 200, `{"id":7}`)
	rpc := exchange("POST", "/rpc", 200, `{"jsonrpc":"2.0","id":1,"result":7}`)
	rpc.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
	rpc.Request.Body.Data = []byte(`{"jsonrpc":"2.0","id":1,"method":"users.list"}`)
	pending := get
	pending.ID, pending.Done, pending.Response = flow.NewID(), false, nil
	add(t, db, get, rpc, pending)
	known := &infer.Explanation{Method: "GET", Path: "/v1/users/{id}", ID: "getUser"}
	decided := infer.Document{Operations: []infer.Operation{
		{Method: "GET", Path: "/users", ID: "listUsers"}, {Method: "POST", Path: "/wrong", ID: "getUser"}, {Method: "GET", Path: "/users/{id}", ID: "getUser"},
	}}
	for _, tt := range []struct {
		name     string
		flow     flow.Seq
		explain  *infer.Explanation
		err      error // of the explanation
		document error
		want     Place
	}{
		{"in the document", 1, known, nil, nil, Place{Method: "GET", Path: "/v1/users/{id}", Name: "getUser", Template: "/users/{id}"}},
		{"the document cannot be read", 1, known, nil, errDisk, Place{Method: "GET", Path: "/v1/users/{id}", Name: "getUser"}},
		{"another operation", 1, &infer.Explanation{Method: "GET", Path: "/x", ID: "getX"}, nil, nil, Place{Method: "GET", Path: "/x", Name: "getX"}},
		{"a call that its body names", 2, known, nil, nil, Place{Method: "GET", Path: "/v1/users/{id}", Name: "getUser", Template: "/users/{id}"}},
		{"left out", 1, &infer.Explanation{Method: "GET", Path: "/x", Excluded: infer.ReasonNotFound}, nil, nil,
			Place{Method: "GET", Path: "/x", LeftOut: "only ever answered 404 or 410"}},
		{"still learning", 1, nil, fmt.Errorf("explain: %w", &catalog.NotReadyError{}), nil, Place{Learning: true}},
		{"no document", 1, nil, fmt.Errorf("explain: %w", catalog.ErrNoFlows), nil, Place{LeftOut: "its host has no document"}},
		{"an error with a secret", 1, nil, errors.New("no operation at ?token=" + planted), nil, Place{LeftOut: p.Redact.Text("no operation at ?token=" + planted)}},
		{"pending", 3, known, nil, nil, Place{LeftOut: "the response is not complete"}},
	} {
		p.Documents = &described{
			document: func(host string) (*catalog.Document, error) { return &catalog.Document{Decided: decided}, tt.document },
			explain: func(host, method, path string) (*infer.Explanation, error) {
				want := map[flow.Seq]string{1: "api.example.com GET /v1/users/7", 2: "api.example.com POST /rpc#users.list"}[tt.flow]
				if got := host + " " + method + " " + path; got != want {
					t.Errorf("%s: asks for %q, want %q", tt.name, got, want)
				}
				return tt.explain, tt.err
			},
		}
		if got, err := p.place(t.Context(), FlowQuery{tt.flow}); err != nil || got != tt.want || strings.Contains(got.LeftOut, planted) {
			t.Errorf("%s: %+v, %v\nwant %+v", tt.name, got, err, tt.want)
		}
	}
	if _, err := p.place(t.Context(), FlowQuery{9}); shownError(err) != gone {
		t.Errorf("%v", err)
	}
}

// TestPlaceThatNobodyWaitsFor checks that a call that ended is no reason to leave a flow out.
func TestPlaceThatNobodyWaitsFor(t *testing.T) {
	p, db, _ := open(t)
	add(t, db, exchange("GET", "/users", 200, "[]"))
	ctx, cancel := context.WithCancel(t.Context())
	p.Documents = &described{explain: func(string, string, string) (*infer.Explanation, error) {
		cancel()
		return nil, ctx.Err()
	}}
	if got, err := p.place(ctx, FlowQuery{1}); err != context.Canceled || got != (Place{}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestOperationsOfHosts checks which hosts are asked for their operations, and what follows if one is
// still learned from or cannot be described.
func TestOperationsOfHosts(t *testing.T) {
	p, db, _ := open(t)
	var most []string // the hosts, those with the most flows first
	var fs []flow.Flow
	for i := range maxHosts + 1 {
		host := fmt.Sprintf("h%02d.example", i)
		for range 1 + i%2 {
			f := exchange("GET", "/a", 200, "{}")
			f.Request.Authority = host
			fs = append(fs, f)
		}
		most = append(most, host)
	}
	add(t, db, fs...)
	slices.SortStableFunc(most, func(a, b string) int { return int(b[2]-'0')%2 - int(a[2]-'0')%2 })
	errs := map[string]error{}
	var asked []string
	p.operations.docs = &described{Documents: p.Documents, document: func(host string) (*catalog.Document, error) {
		asked = append(asked, host)
		return nil, errs[host]
	}}
	look := func(hosts int, learning bool, want error) {
		t.Helper()
		asked = nil
		ops, err := p.operations.list(t.Context(), wire.None{})
		if !errors.Is(err, want) || ops.Learning != learning || !slices.Equal(asked, most[:hosts]) {
			t.Errorf("asked for %q, learning %t, %v", asked, ops.Learning, err)
		}
		if err == nil && len(ops.Hosts) != maxHosts+1 {
			t.Errorf("%d hosts", len(ops.Hosts))
		}
	}
	errs[most[2]] = fmt.Errorf("describe: %w", &catalog.NotReadyError{})
	look(3, true, nil)
	errs[most[2]] = errDisk
	look(3, false, errDisk)
	delete(errs, most[2])
	look(maxHosts, false, nil)
}

// TestGenerations checks when the set of operations has changed, and that an operation keeps its
// number.
func TestGenerations(t *testing.T) {
	p, db, _ := open(t)
	list := func() Operations {
		t.Helper()
		ops, err := p.operations.list(t.Context(), wire.None{})
		if err != nil || ops.Learning {
			t.Fatalf("%+v, %v", ops, err)
		}
		for i, o := range ops.Operations {
			if o.Number != i+1 || o.Name == "" {
				t.Errorf("operation %d: %+v", i, o)
			}
		}
		return ops
	}
	if ops := list(); len(ops.Operations) > 0 || ops.Generation != 0 {
		t.Errorf("of nothing: %+v", ops)
	}
	add(t, db, exchange("GET", "/zebras", 200, "[]"))
	first := list()
	add(t, db, exchange("GET", "/zebras", 200, "[]"))
	if again := list(); again.Generation != first.Generation || again.Hosts["api.example.com"] != 2 {
		t.Errorf("the same operations: %+v after %+v", again, first)
	}
	add(t, db, exchange("GET", "/apes", 200, "[]"), exchange("POST", "/zebras", 201, "{}"))
	second := list()
	if len(second.Operations) != 3 || second.Generation != first.Generation+1 || second.Operations[0] != first.Operations[0] {
		t.Errorf("more operations: %+v after %+v", second, first)
	}
	for seq, path := range map[flow.Seq]string{1: "/zebras", 2: "/zebras", 3: "/apes", 4: "/zebras"} {
		d, err := p.flow(t.Context(), FlowQuery{seq})
		if err != nil || d.Row.Operation == 0 || second.Operations[d.Row.Operation-1].Path != path {
			t.Errorf("flow %d: operation %d, %v", seq, d.Row.Operation, err)
		}
	}
	foreign := exchange("GET", "/zebras", 200, "[]")
	foreign.Request.Authority = "other.example"
	add(t, db, exchange("GET", "/none", 404, ""), foreign)
	for _, seq := range []flow.Seq{5, 6} {
		if d, err := p.flow(t.Context(), FlowQuery{seq}); err != nil || d.Row.Operation != 0 {
			t.Errorf("flow %d of no operation: %d, %v", seq, d.Row.Operation, err)
		}
	}
	assigned, err := p.operations.assign(t.Context(), AssignQuery{After: 2})
	if err != nil || !slices.Equal(assigned.Flows, []flow.Seq{3, 4, 5, 6}) ||
		!slices.Equal(assigned.Operations[2:], []int{0, 0}) || assigned.Generation != second.Generation {
		t.Errorf("%+v, %v", assigned, err)
	}
}
