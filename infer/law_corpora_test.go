package infer_test

import (
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpustest"
)

// TestCorpora learns from real traffic once, and holds soundness, order, what redaction may change
// and the size of documents.
func TestCorpora(t *testing.T) {
	for i, name := range corpustest.Names(t) {
		if testing.Short() && i%3 != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			fs := corpustest.Flows(t, name)
			if testing.Short() {
				fs = fs[:min(len(fs), 1000)]
			}
			m := modelOf(fs)
			d := m.Document(infer.Options{})
			t.Run("sound", func(t *testing.T) {
				soundDocument(t, d, fs, "3.0")
				soundDocument(t, d, fs, "3.1")
			})
			t.Run("order", func(t *testing.T) {
				reversed := infer.New()
				for i := len(fs) - 1; i >= 0; i-- {
					reversed.Add(&fs[i])
				}
				if string(encoded(t, reversed)) != string(encoded(t, m)) {
					t.Error("the order of the flows matters")
				}
			})
			t.Run("forwarded", func(t *testing.T) { sameForwarded(t, m, fs) })
			if testing.Short() {
				return // the part of the traffic says nothing of the size
			}
			t.Run("size", func(t *testing.T) { judgeSize(t, name, d, m.Separate()) })
		})
	}
}
