package route

import (
	"os"
	"strings"
	"testing"
)

// TestDialects scores the templates of invented APIs over many seeds.
func TestDialects(t *testing.T) {
	const seeds = 12
	for _, d := range dialects {
		t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
			var sums, worst [2]float64
			worst = [2]float64{1, 1}
			for seed := range uint64(seeds) {
				a := newAPI(seed)
				d.build(a)
				j := a.corpus()
				for i, share := range []float64{1, .25} {
					k := &scoredCorpus{truth: j.truth, exchanges: sampleTraffic(j.exchanges, share, seed)}
					s, log := k.score(build(k.exchanges).Templates(Options{}))
					got := s.strict
					if i == 1 {
						got = s.lenient
					}
					sums[i] += got / seeds
					if got < worst[i] && os.Getenv("VERBOSE") == []string{"all", "quarter"}[i] {
						t.Logf("seed %d, %d exchanges, strict %.3f:\n%s", seed, len(k.exchanges), got, strings.Join(log, "\n"))
					}
					worst[i] = min(worst[i], got)
				}
			}
			t.Logf("strict F1 %.3f (worst %.3f); lenient F1 on a quarter %.3f (worst %.3f)", sums[0], worst[0], sums[1], worst[1])
			if sums[0] < d.floor.all || sums[1] < d.floor.quarter {
				t.Errorf("below the floor of %.2f and %.2f", d.floor.all, d.floor.quarter)
			}
		})
	}
}
