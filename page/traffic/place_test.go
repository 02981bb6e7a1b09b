package traffic

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// described is a catalog with answers of a test. Without an answer it asks the embedded documents.
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

// TestPlace checks the operation of a flow, or the reason why it has none.
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
