package roundtrip

import (
	"context"
	"iter"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

func all(fs []flow.Flow) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for _, f := range fs {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// TestInferred sends real traffic again through the tools of the document that was inferred from
// it.
func TestInferred(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			flows := corpustest.Flows(t, name)
			m := infer.New()
			for i := range flows {
				m.Add(&flows[i])
			}
			doc := must.Get(build.Document(m.Document(infer.Options{Hosts: m.Authorities()}), build.Options{}))
			r := checkVerify(t, doc, flows, Config{Reason: noise})
			corpustest.Judge(t, "flows sent again", name, float64(r.Reproduced) >= .99*float64(r.Total),
				"%d of %d flows reproduced", r.Reproduced, r.Total)
		})
	}
}

func noise(f *flow.Flow) string { return infer.Noise(f, false) }

// TestVendor sends the same traffic through the vendors' documents, which it does not always match.
func TestVendor(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, name := range []string{"datadog_v1", "alertmanager"} { // the others' documents take seconds to load
		t.Run(name, func(t *testing.T) {
			doc := must.Get(openapi.Load(corpustest.Read(t, name, corpustest.Document)))
			checkVerify(t, doc, corpustest.Flows(t, name), Config{AnyHost: true, Reason: noise})
		})
	}
}

func checkVerify(t *testing.T, doc *openapi3.T, flows []flow.Flow, c Config) *Report {
	t.Helper()
	r := must.Get(verify(context.Background(), doc, all(flows), c))
	excluded := 0
	for _, n := range r.Excluded {
		excluded += n
	}
	if r.Flows != len(flows) || r.Total+excluded != r.Flows {
		t.Errorf("the numbers do not add up: %d flows, %d with an operation, %v", r.Flows, r.Total, r.Excluded)
	}
	told := make(map[string]int)
	for _, d := range r.Differences {
		told[d.Where+" "+d.What]++
	}
	t.Logf("%d of %d flows reproduced, %v excluded", r.Reproduced, r.Total, r.Excluded)
	for what, n := range told {
		t.Logf("%4d  %s", n, what)
	}
	return r
}
