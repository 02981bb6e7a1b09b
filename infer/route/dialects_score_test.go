package route

import (
	"os"
	"strings"
	"testing"
)

// dialectScore is the mean and the worst of one score over the seeds.
type dialectScore struct{ mean, worst float64 }

// add adds the score of one of n seeds.
func (s *dialectScore) add(x float64, n int) {
	s.mean += x / float64(n)
	s.worst = min(s.worst, x)
}

// judged is the score of one dialect.
type judged struct{ strict, lenient, clusters dialectScore }

// judgeDialect scores a dialect over many seeds on a share of its traffic. With plain, identifiers
// are ordinary English words. VERBOSE=all, quarter or plain prints the differences of each seed
// that is worse than those before.
func judgeDialect(t *testing.T, invent func(*api), share float64, plain bool, verbose string) judged {
	const seeds = 12
	out := judged{dialectScore{worst: 1}, dialectScore{worst: 1}, dialectScore{worst: 1}}
	for seed := range uint64(seeds) {
		a := newAPI(seed)
		a.plain = plain
		invent(a)
		j := a.corpus()
		k := &scoredCorpus{truth: j.truth, exchanges: sampleTraffic(j.exchanges, share, seed)}
		got := build(k.exchanges).Templates(Options{})
		s, log := k.score(got)
		if s.strict < out.strict.worst && os.Getenv("VERBOSE") == verbose {
			t.Logf("seed %d, %d exchanges, strict %.3f:\n%s", seed, len(k.exchanges), s.strict, strings.Join(log, "\n"))
		}
		out.strict.add(s.strict, seeds)
		out.lenient.add(s.lenient, seeds)
		out.clusters.add(k.bCubed(got), seeds)
	}
	return out
}

// TestDialects scores the templates of invented APIs on all traffic and on a quarter of it, with
// invented identifiers and with ordinary words.
func TestDialects(t *testing.T) {
	for _, d := range dialects {
		t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
			for _, c := range []struct {
				name             string
				share            float64
				plain            bool
				strict, clusters float64
			}{{"all", 1, false, d.floor.all, d.floor.clusters}, {"quarter", .25, false, d.floor.quarter, d.floor.clustersQuarter},
				{"plain", 1, true, d.floor.plain, 0}, {"plainq", .25, true, d.floor.plainQuarter, 0}} {
				if c.plain && testing.Short() {
					continue
				}
				j := judgeDialect(t, d.build, c.share, c.plain, c.name)
				t.Logf("%-14s %-7s strict %.3f (worst %.3f), lenient %.3f (%.3f), B-cubed %.3f (%.3f)", d.name, c.name,
					j.strict.mean, j.strict.worst, j.lenient.mean, j.lenient.worst, j.clusters.mean, j.clusters.worst)
				if j.strict.mean < c.strict {
					t.Errorf("%s: strict F1 %.3f is below the floor of %.2f", c.name, j.strict.mean, c.strict)
				}
				if j.clusters.mean < c.clusters {
					t.Errorf("%s: B-cubed F1 %.3f is below the floor of %.2f", c.name, j.clusters.mean, c.clusters)
				}
			}
		})
	}
}

// bCubed returns the B-cubed F1 of the operations that the exchanges were assigned to: precision is
// the mean share of each exchange's decided operation that belongs to its true one, recall the mean
// share of its true operation that has the decided one.
func (j *scoredCorpus) bCubed(got []Template) float64 {
	type pair struct{ truth, decided opKey }
	truths, decisions, both := map[opKey]int{}, map[opKey]int{}, map[pair]int{}
	for _, e := range j.exchanges {
		p := pair{opKey{e.Method, matchMethod(j.truth, e.Method, e.Path)}, opKey{e.Method, matchMethod(got, e.Method, e.Path)}}
		if p.truth.t == nil {
			continue
		}
		truths[p.truth]++
		decisions[p.decided]++
		both[p]++
	}
	precision, recall, n := 0.0, 0.0, 0.0
	for p, k := range both {
		precision += float64(k*k) / float64(decisions[p.decided])
		recall += float64(k*k) / float64(truths[p.truth])
		n += float64(k)
	}
	if n == 0 {
		return 1
	}
	precision, recall = precision/n, recall/n
	return 2 * precision * recall / (precision + recall)
}
