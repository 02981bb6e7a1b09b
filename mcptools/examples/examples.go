// Package examples finds flows that show what an operation does.
//
// [Finder.Find] reads flows from the newest down until each operation has its examples, which is
// soon if all are in use, and never if one was not called for long. So it caches the answer for a
// document. The flows that it names depend on the flows alone, never on the time that it took.
//
// Read examples.go first.
package examples

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi/router"
)

// Max is the number of examples of one operation.
const Max = 5

// Operation identifies an operation of a document.
type Operation struct {
	Method   string
	Template string
}

// Flows lists examples by operation: some of its newest flows, successful ones first.
type Flows map[Operation][]uint64

// Finder finds examples and caches the last answers. The zero value is ready for use, from any
// goroutine.
type Finder struct {
	mu     sync.Mutex // guards cached
	cached []answer
}

type answer struct {
	doc   *openapi3.T // never modified
	flows Flows
}

// maxCached is the number of documents with an answer in the cache.
const maxCached = 8

// Source yields the finished flows of a document, newest first. Their bodies are needed only if
// operations share a URL.
type Source func(ctx context.Context, bodies bool) iter.Seq2[flow.Flow, error]

// Find returns examples of the operations of a document. It stops at time end; then the answer may
// lack examples, and complete is false.
func (x *Finder) Find(
	ctx context.Context, doc *openapi3.T, decided *infer.Document, source Source, end time.Time,
) (flows Flows, complete bool, err error) {
	if found, ok := x.lookUp(doc); ok {
		return found, true, nil
	}
	r, err := router.New(doc)
	if err != nil {
		return nil, false, err
	}
	s := newSearch(decided)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	complete = true
	for f, err := range source(ctx, s.shared) {
		if errors.Is(err, context.DeadlineExceeded) {
			complete = false
			break
		}
		if err != nil {
			return nil, false, err
		}
		if m, ok := r.FindFlow(&f, f.Request.Authority); ok && f.Response != nil {
			s.add(Operation{m.Method, m.Template}, &f)
		}
		if len(s.wanted) == 0 {
			break
		}
	}
	if flows = s.flows(); complete {
		x.add(answer{doc, flows})
	}
	return flows, complete, nil
}

func (x *Finder) lookUp(doc *openapi3.T) (Flows, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i := slices.IndexFunc(x.cached, func(a answer) bool { return a.doc == doc })
	if i < 0 {
		return nil, false
	}
	return x.cached[i].flows, true
}

func (x *Finder) add(a answer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.cached) == maxCached {
		x.cached = slices.Delete(x.cached, 0, 1)
	}
	x.cached = append(x.cached, a)
}

// count has the numbers of successful and failed flows.
type count struct{ successful, failed int }

// search collects the examples of all operations.
type search struct {
	shared             bool                // some operations share a URL
	wanted             map[Operation]count // what is missing, by operation
	successful, failed Flows
}

// newSearch returns a search for as many examples as the operations can have.
func newSearch(decided *infer.Document) *search {
	s := &search{wanted: map[Operation]count{}, successful: Flows{}, failed: Flows{}}
	for i := range decided.Operations {
		o := &decided.Operations[i]
		s.shared = s.shared || len(o.Variants) > 0
		var seen count
		for _, r := range o.Responses {
			if r.Status >= 400 {
				seen.failed += int(min(r.Seen, Max))
			} else {
				seen.successful += int(min(r.Seen, Max))
			}
		}
		want := count{successful: min(seen.successful, Max)}
		want.failed = min(seen.failed, Max-want.successful)
		if want != (count{}) {
			s.wanted[Operation{o.Method, o.Path}] = want
		}
	}
	return s
}

// add adds a flow with a response.
func (s *search) add(o Operation, f *flow.Flow) {
	into, want := s.successful, s.wanted[o]
	if f.Response.Status >= 400 {
		into = s.failed
		want.failed = max(want.failed-1, 0)
	} else {
		want.successful = max(want.successful-1, 0)
	}
	if len(into[o]) < Max {
		into[o] = append(into[o], uint64(f.Seq))
	}
	if s.wanted[o] = want; want == (count{}) {
		delete(s.wanted, o)
	}
}

func (s *search) flows() Flows {
	for o, ids := range s.failed {
		room := min(len(ids), Max-len(s.successful[o]))
		s.successful[o] = append(s.successful[o], ids[:room]...)
	}
	return s.successful
}
