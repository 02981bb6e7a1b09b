package route

import (
	"math/rand/v2"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
)

// TestWeightsNeedNoTuning multiplies all weights at once by random factors.
func TestWeightsNeedNoTuning(t *testing.T) {
	if testing.Short() {
		t.Skip("measures all corpora")
	}
	for _, name := range corpustest.Names(t) {
		j := load(t, name)
		tree := build(j.exchanges)
		worst := score{1, 1, 1}
		for seed := range 3 {
			w := perturb(defaultWeights(), rand.New(rand.NewPCG(uint64(seed), 7)), 0.2)
			s, _ := j.score(tree.Templates(Options{weights: w}))
			worst.strict, worst.lenient = min(worst.strict, s.strict), min(worst.lenient, s.lenient)
		}
		t.Logf("%-13s worst of 3: strict %.3f lenient %.3f", name, worst.strict, worst.lenient)
		corpustest.Judge(t, "paths with perturbed weights", name, worst.lenient >= 0.97,
			"%s: lenient F1 falls to %.3f", name, worst.lenient)
	}
}

// TestSmallLimits gives the trie far lower limits than it needs.
func TestSmallLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("measures all corpora")
	}
	for _, name := range corpustest.Names(t) {
		j := load(t, name)
		worst := 1.0
		for _, full := range []int64{100, 10, 4} {
			tree := newTestTree()
			tree.softLimit = full
			for _, e := range j.exchanges {
				add(tree, e)
			}
			templates := tree.Templates(Options{})
			lost := int64(0)
			for i := range templates {
				if templates[i].Overflow {
					lost += templates[i].Seen
				}
			}
			s, _ := j.score(templates)
			t.Logf("%-13s full %3d, children %v: strict %.3f lenient %.3f, %d of %d exchanges lost", name, full,
				tree.limits[:6], s.strict, s.lenient, lost, tree.Len())
			worst = min(worst, s.lenient)
		}
		corpustest.Judge(t, "paths with small bounds", name, worst >= 0.9, "%s: lenient %.3f", name, worst)
	}
}
