package infer_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpus"
	"github.com/spectap/spectap/openapi"
)

// maxSize is how much what a document says of bodies may take, of one schema for each body.
const maxSize = .5

// TestSize holds the size of documents of real traffic.
func TestSize(t *testing.T) {
	for _, name := range corpus.Names(t) {
		t.Run(name, func(t *testing.T) {
			m := learnt(corpus.Flows(t, name))
			shared, apart := m.Document(infer.Policy{}), m.Apart()
			a, b := written(t, shared, false), written(t, apart, true)
			x, y := a-written(t, bare(shared), false), b-written(t, bare(apart), true)
			ratio := float64(x) / float64(y)
			t.Logf("bodies: %d bytes, %.2f of %d; whole: %d bytes, %.2f of %d", x, ratio, y, a, float64(a)/float64(b), b)
			if ratio > maxSize {
				t.Errorf("bodies take %.2f of what one schema for each takes; want at most %.2f", ratio, maxSize)
			}
		})
	}
}

// bare is a document without what it says of bodies.
func bare(d infer.Document) infer.Document {
	d.Components = nil
	d.Operations = slices.Clone(d.Operations)
	for i := range d.Operations {
		op := &d.Operations[i]
		if op.Request != nil {
			op.Request = &infer.Payload{Required: op.Request.Required, Content: bareMedia(op.Request.Content)}
		}
		op.Responses = slices.Clone(op.Responses)
		for j := range op.Responses {
			op.Responses[j].Content = bareMedia(op.Responses[j].Content)
		}
	}
	return d
}

func bareMedia(ms []infer.Media) []infer.Media {
	ms = slices.Clone(ms)
	for i := range ms {
		ms[i].Schema = nil
	}
	return ms
}

// written is the length of a document, as people get it; whole with nothing shared but what a schema of its own needs.
func written(t *testing.T, d infer.Document, whole bool) int {
	t.Helper()
	doc, err := openapi.Build(d, openapi.Options{Version: "3.0"})
	if err != nil {
		t.Fatal(err)
	}
	if whole {
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				for _, p := range op.Parameters {
					p.Ref = ""
				}
				for _, r := range op.Responses.Map() {
					r.Ref = ""
				}
			}
		}
		if doc.Components != nil {
			doc.Components.Parameters, doc.Components.Responses = nil, nil
		}
	}
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, openapi.JSON); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
