package infer_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

const (
	// maxSize bounds the size of a document relative to one with a separate schema for each body.
	maxSize = .54
	// manyOperations is the number of operations from which the bound applies to the whole
	// document. Names, paths and parameters cannot be shared: in an API of nine operations, they
	// are a quarter of either document.
	manyOperations = 20
)

// judgeSize compares the size of a document of real traffic with a document of the same operations
// that share nothing (see [infer.Model.Separate]), as tools without components write them. Of two
// measures this is the stricter. Relative to the same document with all references resolved the
// sizes would be .05 to .25, except for the API of nine operations, in which no more than two
// return the same thing.
//
// The size of the bodies is that of the document without operations and parameters.
func judgeSize(t *testing.T, name string, shared, separate infer.Document) {
	whole, most := size(t, shared, false), size(t, separate, true)
	frame := size(t, withoutBodies(separate), true)
	bodies := float64(size(t, shared, true)-frame) / float64(most-frame)
	ratio := float64(whole) / float64(most)
	t.Logf("bodies %.2f, whole %.2f: %d of %d bytes, %d operations", bodies, ratio, whole, most, len(shared.Operations))
	corpustest.Judge(t, "size of bodies", name, bodies <= maxSize,
		"bodies take %.2f of what one schema for each takes; want at most %.2f", bodies, maxSize)
	if len(shared.Operations) >= manyOperations {
		corpustest.Judge(t, "document size", name, ratio <= maxSize,
			"the document takes %.2f of one without components; want at most %.2f", ratio, maxSize)
	}
}

// withoutBodies returns a document without its schemas of bodies.
func withoutBodies(d infer.Document) infer.Document {
	d.Components = nil
	d.Operations = slices.Clone(d.Operations)
	for i := range d.Operations {
		op := &d.Operations[i]
		if op.Request != nil {
			op.Request = &infer.RequestBody{Required: op.Request.Required, Content: withoutSchemas(op.Request.Content)}
		}
		op.Responses = slices.Clone(op.Responses)
		for j := range op.Responses {
			op.Responses[j].Content = withoutSchemas(op.Responses[j].Content)
		}
	}
	return d
}

func withoutSchemas(ms []infer.Media) []infer.Media {
	ms = slices.Clone(ms)
	for i := range ms {
		ms[i].Schema = nil
	}
	return ms
}

// size returns the size of a document as JSON. If inline is true, it shares only schemas.
func size(t *testing.T, d infer.Document, inline bool) int {
	t.Helper()
	doc := must.Get(build.Document(d, build.Options{Version: "3.0"}))
	if inline {
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
	must.Do(t, openapi.Encode(&b, doc, openapi.JSON))
	return b.Len()
}
