package infer_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpus"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

const (
	// maxSize is how much a document may take of one that has a schema for each body.
	maxSize = .5
	// manyOperations is from how many on that holds for the whole. What operations are called, where they are and what
	// they take is said once each, whatever is shared: in an API of nine, that is a quarter of either document.
	manyOperations = 20
)

// TestSize holds the size of documents of real traffic, as people get them, against documents of the same operations in
// which each body is described where it stands, by what was seen there alone, and nothing is shared (see
// [infer.Model.Apart]): what tools write that know no components. That is the harder measure of two. Against the same
// document with every reference replaced by what it leads to, which says no less, it would be .05 to .25, but for the API
// of nine operations, where no thing is answered by more than two.
//
// Bodies are what is left of both without operations and parameters.
func TestSize(t *testing.T) {
	for _, name := range corpus.Names(t) {
		t.Run(name, func(t *testing.T) {
			m := learnt(corpus.Flows(t, name))
			shared, apart := m.Document(infer.Policy{}), m.Separate()
			whole, most := written(t, shared, false), written(t, apart, true)
			frame := written(t, bare(apart), true)
			bodies := float64(written(t, shared, true)-frame) / float64(most-frame)
			ratio := float64(whole) / float64(most)
			t.Logf("bodies %.2f, whole %.2f: %d of %d bytes, %d operations", bodies, ratio, whole, most, len(shared.Operations))
			corpus.Judge(t, "document size", name, bodies <= maxSize,
				"bodies take %.2f of what one schema for each takes; want at most %.2f", bodies, maxSize)
			if len(shared.Operations) >= manyOperations {
				corpus.Judge(t, "document size", name, ratio <= maxSize,
					"the document takes %.2f of one without components; want at most %.2f", ratio, maxSize)
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
	doc, err := build.Document(d, build.Options{Version: "3.0"})
	if err != nil {
		t.Fatal(err)
	}
	if whole {
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				op.Parameters = append(slices.Clone(item.Parameters), op.Parameters...)
				for _, p := range op.Parameters {
					p.Ref = ""
				}
				if op.RequestBody != nil {
					op.RequestBody.Ref = ""
				}
				for _, r := range op.Responses.Map() {
					r.Ref = ""
				}
			}
			item.Parameters = nil
		}
		if doc.Components != nil {
			doc.Components.Parameters, doc.Components.RequestBodies, doc.Components.Responses = nil, nil, nil
		}
	}
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, openapi.JSON); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
