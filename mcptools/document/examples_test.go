package document

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi/build"
)

// exchange returns a flow. A GraphQL query is a POST whose body asks for a field.
func exchange(seq int, method, path string, status int, query string) flow.Flow {
	f := flow.Flow{Seq: flow.Seq(seq), Last: flow.Seq(seq), Done: true, Request: flow.Request{
		Method: method, Scheme: "https", Authority: "a.example", Path: path,
	}}
	header := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	if query != "" {
		f.Request.Header, f.Request.Body = header, flow.Body{Data: []byte(query), Size: int64(len(query))}
	}
	body := `{"data":{"a":1}}`
	f.Response = &flow.Response{Status: status, Header: header, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
	return f
}

// newestFirst yields flows from the last to the first, without bodies unless they are asked for.
func newestFirst(fs []flow.Flow, read *int) flowSource {
	return func(ctx context.Context, bodies bool) iter.Seq2[flow.Flow, error] {
		return func(yield func(flow.Flow, error) bool) {
			for _, f := range slices.Backward(fs) {
				if !bodies {
					f.Request.Body.Data = nil
				}
				*read++
				if !yield(f, ctx.Err()) || ctx.Err() != nil {
					return
				}
			}
		}
	}
}

// TestFindOrder shows the newest successes, then the newest failures, and passes over flows without
// a response.
func TestFindOrder(t *testing.T) {
	var fs []flow.Flow
	add := func(path string, statuses ...int) {
		for _, status := range statuses {
			fs = append(fs, exchange(len(fs)+1, "GET", path, status, ""))
		}
	}
	add("/mixed", 500, 200, 500, 500, 201, 500, 500)      // 1 to 7
	add("/failed", 400, 404, 500, 503, 400, 400)          // 8 to 13
	add("/edge", 400, 399)                                // 14, 15
	add("/many", 200, 200, 200, 200, 200, 200, 500, 200)  // 16 to 23
	open := exchange(len(fs)+1, "GET", "/mixed", 200, "") // 24
	open.Response = nil
	m := infer.New()
	for i := range fs {
		m.Add(&fs[i])
	}
	fs = append(fs, open)
	decided := m.Document(infer.Options{})
	doc := must.Get(build.Document(decided, build.Options{}))
	var x exampleFinder
	read := 0
	found, complete, err := x.Find(t.Context(), doc, &decided, newestFirst(fs, &read), time.Now().Add(time.Minute))
	if err != nil || !complete {
		t.Fatal(complete, err)
	}
	for path, want := range map[string][]uint64{
		"/mixed": {5, 2, 7, 6, 4}, "/failed": {13, 12, 11, 10, 9}, "/edge": {15, 14}, "/many": {23, 21, 20, 19, 18},
	} {
		if got := found[operationKey{"GET", path}]; !slices.Equal(got, want) {
			t.Errorf("%s: examples %v, want %v", path, got, want)
		}
	}
	if read != len(fs)-1 { // down to flow 2, the older success of /mixed
		t.Errorf("%d flows were read", read)
	}
}
