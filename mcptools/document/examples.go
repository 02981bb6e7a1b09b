package document

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/openapi/router"
)

// Examples are flows that show what an operation does.
//
// [exampleFinder.Find] reads flows from the newest down until each operation has its examples,
// which is soon if all are in use, and never if one was not called for long. So it caches the
// answer for a document. The flows that it names depend on the flows alone, never on the time that
// it took.

// maxExamples is the number of examples of one operation.
const maxExamples = 5

// operationKey identifies an operation of a document.
type operationKey struct {
	Method   string
	Template string
}

// exampleFlows lists examples by operation: some of its newest flows, successful ones first.
type exampleFlows map[operationKey][]uint64

// exampleFinder finds examples and caches the last answers. The zero value is ready for use, from
// any goroutine.
type exampleFinder struct {
	found apidoc.Recent[*openapi3.T, exampleFlows]
}

// flowSource yields the finished flows of a document, newest first. Their bodies are needed only if
// operations share a URL.
type flowSource func(ctx context.Context, bodies bool) iter.Seq2[flow.Flow, error]

// Find returns examples of the operations of a document. It stops at time end; then the answer may
// lack examples, and complete is false.
func (x *exampleFinder) Find(
	ctx context.Context, doc *openapi3.T, decided *infer.Document, source flowSource, end time.Time,
) (flows exampleFlows, complete bool, err error) {
	if found, ok := x.found.Get(doc); ok {
		return found, true, nil
	}
	r, err := router.New(doc)
	if err != nil {
		return nil, false, err
	}
	s := newExampleSearch(decided)
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
			s.add(operationKey{m.Method, m.Template}, &f)
		}
		if len(s.wanted) == 0 {
			break
		}
	}
	if flows = s.flows(); complete {
		x.found.Add(doc, flows)
	}
	return flows, complete, nil
}

// exampleCount has the numbers of successful and failed flows.
type exampleCount struct{ successful, failed int }

// exampleSearch collects the examples of all operations.
type exampleSearch struct {
	shared             bool                          // some operations share a URL
	wanted             map[operationKey]exampleCount // missing examples, by operation
	successful, failed exampleFlows
}

// newExampleSearch returns a search for as many examples as the operations can have.
func newExampleSearch(decided *infer.Document) *exampleSearch {
	s := &exampleSearch{wanted: map[operationKey]exampleCount{}, successful: exampleFlows{}, failed: exampleFlows{}}
	for i := range decided.Operations {
		o := &decided.Operations[i]
		s.shared = s.shared || len(o.Variants) > 0
		var seen exampleCount
		for _, r := range o.Responses {
			if r.Status >= 400 {
				seen.failed += int(min(r.Seen, maxExamples))
			} else {
				seen.successful += int(min(r.Seen, maxExamples))
			}
		}
		want := exampleCount{successful: min(seen.successful, maxExamples)}
		want.failed = min(seen.failed, maxExamples-want.successful)
		if want != (exampleCount{}) {
			s.wanted[operationKey{o.Method, o.Path}] = want
		}
	}
	return s
}

// add adds a flow with a response.
func (s *exampleSearch) add(o operationKey, f *flow.Flow) {
	into, want := s.successful, s.wanted[o]
	if f.Response.Status >= 400 {
		into = s.failed
		want.failed = max(want.failed-1, 0)
	} else {
		want.successful = max(want.successful-1, 0)
	}
	if len(into[o]) < maxExamples {
		into[o] = append(into[o], uint64(f.Seq))
	}
	if s.wanted[o] = want; want == (exampleCount{}) {
		delete(s.wanted, o)
	}
}

func (s *exampleSearch) flows() exampleFlows {
	for o, ids := range s.failed {
		room := min(len(ids), maxExamples-len(s.successful[o]))
		s.successful[o] = append(s.successful[o], ids[:room]...)
	}
	return s.successful
}
