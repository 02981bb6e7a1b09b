package infer_test

import (
	"testing"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/corpus"
)

// TestSoundOnCorpora holds soundness and order on real traffic.
func TestSoundOnCorpora(t *testing.T) {
	for _, name := range corpus.Names(t) {
		t.Run(name, func(t *testing.T) {
			fs := corpus.Flows(t, name)
			sound(t, fs, "3.0")
			sound(t, fs, "3.1")
			reversed := infer.New()
			for i := len(fs) - 1; i >= 0; i-- {
				reversed.Add(&fs[i])
			}
			if string(encoded(t, reversed)) != string(encoded(t, modelOf(fs))) {
				t.Error("the order of the flows matters")
			}
		})
	}
}

// BenchmarkCorpus measures decisions over, and the encoding of, a model of real traffic.
// BenchmarkAdd measures learning.
func BenchmarkCorpus(b *testing.B) {
	fs := corpus.Flows(b, "github")
	m := modelOf(fs)
	b.Run("Document", func(b *testing.B) {
		for b.Loop() {
			m.Document(infer.Options{})
		}
	})
	b.Run("Encode", func(b *testing.B) {
		for b.Loop() {
			encoded(b, m)
		}
	})
}
