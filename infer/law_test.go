package infer_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

// send sets the body of a message and its Content-Type.
func send(h *flow.Header, b *flow.Body, mediaType, data string) {
	*h = append(*h, flow.Field{Name: "Content-Type", Value: mediaType})
	*b = flow.Body{Data: []byte(data), Size: int64(len(data))}
}

// modelOf returns a model that learned from flows.
func modelOf(fs []flow.Flow) *infer.Model {
	m := infer.New()
	for i := range fs {
		m.Add(&fs[i])
	}
	return m
}

// encoded returns the encoding of a model.
func encoded(t must.Test, m *infer.Model) []byte {
	return must.Get(m.AppendBinary(nil))
}

// document returns the OpenAPI document of a model, in YAML.
func document(t must.Test, m *infer.Model, version string) []byte {
	doc := must.Get(build.Document(m.Document(infer.Options{}), build.Options{Version: version, Examples: true}))
	var b bytes.Buffer
	must.Do(t, openapi.Encode(&b, doc, openapi.YAML))
	return b.Bytes()
}

// TestOrder holds the first law: neither the order of Add nor the partition into merged models
// matters.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		whole := modelOf(fs)
		want, wantDoc := encoded(t, whole), document(t, whole, "3.1")

		shuffled := rapid.Permutation(fs).Draw(t, "order")
		parts := rapid.IntRange(1, 4).Draw(t, "parts")
		models := make([]*infer.Model, parts)
		for i := range models {
			models[i] = infer.New()
		}
		for i := range shuffled {
			models[i%parts].Add(&shuffled[i])
		}
		for len(models) > 1 {
			i := rapid.IntRange(1, len(models)-1).Draw(t, "merge")
			models[i-1].Merge(models[i])
			models = append(models[:i], models[i+1:]...)
		}
		if got := encoded(t, models[0]); !bytes.Equal(got, want) {
			t.Fatal("another order gives different facts")
		}
		if got := document(t, models[0], "3.1"); !bytes.Equal(got, wantDoc) {
			t.Fatalf("another order gives a different document:\n%s\nwant\n%s", got, wantDoc)
		}
	})
}

// TestCodec holds that a decoded model equals the encoded one, and learns the same.
func TestCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		cut := rapid.IntRange(0, len(fs)).Draw(t, "cut")
		a := modelOf(fs[:cut])
		b := infer.New()
		must.Do(t, b.UnmarshalBinary(encoded(t, a)))
		if !bytes.Equal(encoded(t, a), encoded(t, b)) {
			t.Fatal("decoding loses facts")
		}
		for i := cut; i < len(fs); i++ {
			b.Add(&fs[i])
		}
		if !bytes.Equal(encoded(t, modelOf(fs)), encoded(t, b)) {
			t.Fatal("a decoded model learns different facts")
		}
		b.Merge(infer.New())
		if !bytes.Equal(encoded(t, modelOf(fs)), encoded(t, b)) {
			t.Fatal("the empty model is not the identity")
		}
	})
}

// TestFlowsAddUp holds that every flow belongs to an operation or is excluded for a reason.
func TestFlowsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		d := modelOf(fs).Document(infer.Options{})
		sum := int64(0)
		for _, op := range d.Operations {
			sum += op.Seen
		}
		for _, x := range d.Excluded {
			sum += x.Count
			if infer.ReasonText(x.Reason) == "unknown" {
				t.Fatalf("reason %q has no text", x.Reason)
			}
		}
		if sum != int64(len(fs)) || d.Flows != sum {
			t.Fatalf("%d flows; the document has Flows %d, operations and exclusions have %d", len(fs), d.Flows, sum)
		}
	})
}

func FuzzModel(f *testing.F) {
	f.Add(encoded(f, modelOf(traffic(1, 20))))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := infer.New()
		if m.UnmarshalBinary(data) != nil {
			return
		}
		fs := traffic(2, 3)
		for i := range fs {
			m.Add(&fs[i])
		}
		m.Document(infer.Options{})
	})
}
