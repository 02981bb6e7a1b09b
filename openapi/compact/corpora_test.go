package compact_test

import (
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/compact"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// maxWhole is 25,000 tokens of about 4 bytes, which a model can read at once.
const maxWhole = 100_000

// TestWholeAPI measures the compact form of the documents of recorded traffic.
func TestWholeAPI(t *testing.T) {
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
			d := m.Document(infer.Options{Hosts: m.Authorities()})
			doc := openapitest.Must(build.Document(d, build.Options{}))
			f := openapitest.Must(compact.New(doc, compact.Options{Count: d.Counts()}))
			n := len(f.String())
			t.Logf("%d bytes, %d operations", n, len(f.Operations()))
			if n > maxWhole {
				t.Errorf("%d bytes, want at most %d", n, maxWhole)
			}
		})
	}
}
