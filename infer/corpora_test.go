package infer_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/infer"
)

// corpora are folders of recorded traffic that lie beside the project, if they do.
const corpora = "../../shared/corpora"

// corpus reads the traffic of one, or skips.
func corpus(t testing.TB, name string) []flow.Flow {
	t.Helper()
	f, err := os.Open(filepath.Join(corpora, name, "train.har.gz"))
	if err != nil {
		t.Skipf("no recorded traffic to learn from: %v", err)
	}
	defer f.Close()
	var fs []flow.Flow
	for fl, err := range har.Read(f, har.ReadConfig{}).Flows() {
		if err != nil {
			t.Fatal(err)
		}
		fl.Done = true
		fs = append(fs, fl)
	}
	return fs
}

// TestSoundOnCorpora holds soundness and order on real traffic.
func TestSoundOnCorpora(t *testing.T) {
	names, _ := filepath.Glob(filepath.Join(corpora, "*", "train.har.gz"))
	if len(names) == 0 {
		t.Skip("no recorded traffic to learn from")
	}
	for _, path := range names {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			fs := corpus(t, name)
			sound(t, fs, "3.0")
			sound(t, fs, "3.1")
			back := infer.New()
			for i := len(fs) - 1; i >= 0; i-- {
				back.Add(&fs[i])
			}
			if string(encoded(t, back)) != string(encoded(t, learnt(fs))) {
				t.Error("the order of the traffic matters")
			}
		})
	}
}

// BenchmarkCorpus learns from real traffic and decides over it.
func BenchmarkCorpus(b *testing.B) {
	fs := corpus(b, "github")
	m := learnt(fs)
	b.Run("Add", func(b *testing.B) {
		for b.Loop() {
			for i := range fs {
				m.Add(&fs[i])
			}
		}
	})
	b.Run("tokens", func(b *testing.B) {
		for b.Loop() {
			tokens(fs)
		}
	})
	b.Run("Document", func(b *testing.B) {
		for b.Loop() {
			m.Document(infer.Policy{})
		}
	})
	b.Run("Encode", func(b *testing.B) {
		for b.Loop() {
			encoded(b, m)
		}
	})
}
