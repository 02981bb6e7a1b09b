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

// judgeDialect scores a dialect over many seeds on all of its traffic and on a quarter of it. With
// plain, identifiers are ordinary English words; isPlain reports whether the dialect has any such.
// VERBOSE=all, quarter, plain or plainq prints the differences of each seed that is worse than those before.
func judgeDialect(t *testing.T, invent func(*api), plain bool, names [2]string) (out [2]judged, isPlain bool) {
	const seeds = 12
	verbose := os.Getenv("VERBOSE")
	for i := range out {
		out[i] = judged{dialectScore{worst: 1}, dialectScore{worst: 1}, dialectScore{worst: 1}}
	}
	for seed := range uint64(seeds) {
		a := newAPI(seed)
		a.plain = plain
		invent(a)
		isPlain = isPlain || a.mayBePlain
		j := a.corpus()
		for i, share := range []float64{1, .25} {
			k := &scoredCorpus{truth: j.truth, exchanges: sampleTraffic(j.exchanges, share, seed)}
			got := build(k.exchanges).Templates(Options{})
			s, log := k.score(got)
			if s.strict < out[i].strict.worst && verbose == names[i] {
				t.Logf("seed %d, %d exchanges, strict %.3f:\n%s", seed, len(k.exchanges), s.strict, strings.Join(log, "\n"))
			}
			out[i].strict.add(s.strict, seeds)
			out[i].lenient.add(s.lenient, seeds)
			out[i].clusters.add(k.bCubed(got), seeds)
		}
	}
	return out, isPlain
}

// TestDialects scores the templates of invented APIs on all traffic and on a quarter of it, with
// invented identifiers and with ordinary words. Dialects without invented words have one score.
func TestDialects(t *testing.T) {
	for _, d := range dialects {
		t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
			f := d.floor
			j, isPlain := judgeDialect(t, d.build, false, [2]string{"all", "quarter"})
			j[0].check(t, d.name, "all", f.all, f.clusters)
			j[1].check(t, d.name, "quarter", f.quarter, f.clustersQuarter)
			if testing.Short() {
				return
			}
			if isPlain {
				j, _ = judgeDialect(t, d.build, true, [2]string{"plain", "plainq"})
			}
			j[0].check(t, d.name, "plain", f.plain, 0)
			j[1].check(t, d.name, "plainq", f.plainQuarter, 0)
		})
	}
}

// check compares the mean scores of a dialect with their floors.
func (j *judged) check(t *testing.T, name, traffic string, strict, clusters float64) {
	t.Logf("%-14s %-7s strict %.3f (worst %.3f), lenient %.3f (%.3f), B-cubed %.3f (%.3f)", name, traffic,
		j.strict.mean, j.strict.worst, j.lenient.mean, j.lenient.worst, j.clusters.mean, j.clusters.worst)
	if j.strict.mean < strict {
		t.Errorf("%s: strict F1 %.3f is below the floor of %.2f", traffic, j.strict.mean, strict)
	}
	if j.clusters.mean < clusters {
		t.Errorf("%s: B-cubed F1 %.3f is below the floor of %.2f", traffic, j.clusters.mean, clusters)
	}
}

// bCubed returns the B-cubed F1 of the operations that the exchanges were assigned to: precision is
// the mean share of each exchange's decided operation that belongs to its true one, recall the mean
// share of its true operation that has the decided one.
func (j *scoredCorpus) bCubed(got []Template) float64 {
	type pair struct{ truth, decided opKey }
	truths, decisions, both := map[opKey]int{}, map[opKey]int{}, map[pair]int{}
	known, decided := newMatcher(j.truth), newMatcher(got)
	for _, e := range j.exchanges {
		p := pair{known.match(e), decided.match(e)}
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
