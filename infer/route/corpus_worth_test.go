package route

import (
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
)

// maxHarm is how much mean strict F1 may rise without a reason.
const maxHarm = .002

// TestNoReasonHarms leaves out each weight in turn, and scores the corpora on all of their traffic
// and on three draws of a quarter of it. A reason may cost nothing there, as some public APIs need
// reasons that the corpora do not, but no corpus may be better off without it on average. With -v
// it prints what each weight is worth.
func TestNoReasonHarms(t *testing.T) {
	if testing.Short() {
		t.Skip("scores the corpora once for each weight")
	}
	type drawn struct {
		corpus *scoredCorpus
		tree   *Tree
		share  float64 // of the mean
	}
	var all []drawn
	names := corpustest.Names(t)
	for _, name := range names {
		j := load(t, name)
		all = append(all, drawn{j, build(j.exchanges), 1 / float64(2*len(names))})
		for draw := range uint64(3) {
			k := &scoredCorpus{truth: j.truth, exchanges: sampleTraffic(j.exchanges, .25, draw)}
			all = append(all, drawn{k, build(k.exchanges), 1 / float64(6*len(names))})
		}
	}
	mean := func(w []float64) (sum float64) {
		for _, x := range all {
			s, _ := x.corpus.score(x.tree.Templates(Options{weights: w}))
			sum += x.share * s.strict
		}
		return sum
	}
	whole := mean(defaultWeights())
	for i := range reasons {
		w := defaultWeights()
		w[i] = 0
		worth := whole - mean(w)
		t.Logf("%+.4f %s", worth, reasons[i].name)
		if worth < -maxHarm {
			t.Errorf("without %q, mean strict F1 rises from %.4f by %.4f", reasons[i].name, whole, -worth)
		}
	}
}
