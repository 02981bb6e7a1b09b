package route

import (
	"math"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
)

// decided is a segment of a corpus, and what it is by the vendor's document.
type decided struct {
	times   []float64 // of each reason
	isValue bool
	share   float64 // of the segments of all corpora
}

// maxTableLoss is the mean log loss from which the weights of the table have lost touch with traffic.
const maxTableLoss = .08

// TestFit suggests weights for the reasons, and checks that those of the table predict what the
// vendors' documents say. It prints them with -v:
//
//	go test ./infer/route -run TestFit -v
//
// It takes the segments of all levels that are decided on the corpora, on all of their traffic and
// on two draws of a quarter and one of a tenth, but those whose shape decides. A logistic regression finds
// the weights that make what the vendor's document says most likely. Each corpus counts the same. A
// reason that the corpora hardly show keeps its weight in the table: a weight w has a normal prior
// with mean w and standard deviation |w|/2. To judge the result, the test also fits each corpus'
// weights without this corpus, and prints how well they and the table predict it (mean log loss).
// Take a suggestion only if TestCorpora and TestRewritten do not get worse.
func TestFit(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all corpora")
	}
	names := corpustest.Names(t)
	all := map[string][]decided{}
	for _, name := range names {
		all[name] = decidedSegments(load(t, name), 1/float64(len(names)))
	}
	others := func(but string) (out []decided) {
		for _, name := range names {
			if name != but {
				out = append(out, all[name]...)
			}
		}
		return out
	}
	var table, heldOut float64
	for _, name := range names {
		a, b := logLoss(all[name], defaultWeights()), logLoss(all[name], fit(others(name)))
		t.Logf("%-14s %5d segments, log loss by the table %.4f, by the others %.4f", name, len(all[name]), a, b)
		table, heldOut = table+a/float64(len(names)), heldOut+b/float64(len(names))
	}
	t.Logf("mean held-out log loss: table %.4f, fitted %.4f", table, heldOut)
	if table > maxTableLoss {
		t.Errorf("the weights of the table have a mean log loss of %.4f, more than %.2f", table, maxTableLoss)
	}
	for i, w := range fit(others("")) {
		t.Logf("%+6.2f  suggested %+6.2f  %s", reasons[i].weight, w, reasons[i].name)
	}
}

// decidedSegments returns the segments of a corpus that more than their shape decides.
func decidedSegments(j *scoredCorpus, share float64) (out []decided) {
	known := newMatcher(j.truth)
	for _, draw := range []struct {
		share float64
		seed  uint64
	}{{1, 0}, {.25, 0}, {.25, 1}, {.1, 0}} {
		exchanges := sampleTraffic(j.exchanges, draw.share, draw.seed)
		tree := build(exchanges)
		votes := map[*node][2]int{} // literals, values
		for _, e := range exchanges {
			if o := known.match(e); o.t != nil {
				tree.vote(e.Path, o.t, votes)
			}
		}
		tree.Templates(Options{observe: func(q *question, stats *siblingStats) {
			var v [2]int
			for _, n := range q.c.nodes {
				v[0], v[1] = v[0]+votes[n][0], v[1]+votes[n][1]
			}
			if !q.c.ownNode || q.c.isStrong() || q.c.shape == shapeVersion || (v[0] == 0) == (v[1] == 0) {
				return
			}
			x := decided{times: make([]float64, len(reasons)), isValue: v[1] > 0}
			for i, f := range q.findings {
				x.times[i] = f.times * (1 - stats.common(q.c, i))
			}
			for i := range reasons {
				if reasons[i].joins != nil {
					x.times[i] += reasons[i].joins(q.c, stats)
				}
			}
			out = append(out, x)
		}})
	}
	for i := range out {
		out[i].share = share / float64(len(out))
	}
	return out
}

// vote counts, for each node of a path, whether the vendor's template has a literal or a value
// there.
func (t *Tree) vote(path string, truth *Template, votes map[*node][2]int) {
	segments, _ := splitPath(path, nil)
	n := &t.root
	for i, s := range segments {
		if n = n.children[s.label]; n == nil || i >= len(truth.Segments) {
			return
		}
		v := votes[n]
		if truth.Segments[i].rank() == 2 {
			v[0]++
		} else {
			v[1]++
		}
		votes[n] = v
	}
}

// odds returns the log-odds that a segment is a value.
func (x *decided) odds(w []float64) (z float64) {
	for i, n := range x.times {
		z += w[i] * n
	}
	return z
}

// logLoss returns the mean log loss of segments.
func logLoss(all []decided, w []float64) (sum float64) {
	total := 0.0
	for i := range all {
		z := all[i].odds(w)
		if all[i].isValue {
			z = -z
		}
		sum += all[i].share * (max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))))
		total += all[i].share
	}
	return sum / total
}

const (
	fitSegments = 1000 // independent segments that all corpora together count as
	fitSteps    = 20   // of Newton's method
)

// fit returns the most likely weights. They keep the sign that the table gives them.
func fit(all []decided) []float64 {
	prior := defaultWeights()
	w, n := defaultWeights(), len(prior)
	for range fitSteps {
		gradient, hessian := make([]float64, n), make([][]float64, n)
		for i := range n {
			precision := 4 / (prior[i] * prior[i])
			hessian[i] = make([]float64, n)
			hessian[i][i], gradient[i] = precision, precision*(prior[i]-w[i])
		}
		for k := range all {
			x := &all[k]
			p := 1 / (1 + math.Exp(-x.odds(w)))
			for i, a := range x.times {
				if a == 0 {
					continue
				}
				gradient[i] += fitSegments * x.share * a * (float64(boolToInt(x.isValue)) - p)
				for j, b := range x.times {
					hessian[i][j] += fitSegments * x.share * a * b * p * (1 - p)
				}
			}
		}
		for i, step := range solve(hessian, gradient) {
			if w[i] += step; w[i]*prior[i] < 0 {
				w[i] = 0
			}
		}
	}
	return w
}

// solve solves a system of linear equations with a positive definite matrix, which it changes.
func solve(m [][]float64, v []float64) []float64 {
	for i := range v {
		for j := i + 1; j < len(v); j++ {
			f := m[j][i] / m[i][i]
			for k := i; k < len(v); k++ {
				m[j][k] -= f * m[i][k]
			}
			v[j] -= f * v[i]
		}
	}
	for i := len(v) - 1; i >= 0; i-- {
		for j := i + 1; j < len(v); j++ {
			v[i] -= m[i][j] * v[j]
		}
		v[i] /= m[i][i]
	}
	return v
}
