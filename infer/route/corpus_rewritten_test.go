package route

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/corpustest"
)

// slug makes a word without digits from a value.
func slug(s string) string {
	h := bottomk.Hash(s)
	parts := []string{"ka", "lo", "mi", "ren", "tas", "vel", "no", "pu", "dor", "sel", "bi", "gra"}
	var b strings.Builder
	for i := range 5 {
		if i == 3 {
			b.WriteByte('-')
		}
		b.WriteString(parts[h%12])
		h /= 12
	}
	return b.String()
}

// rewrite replaces identifiers in paths and bodies alike.
func rewrite(exchanges []*Exchange, replace func(string) string) []*Exchange {
	url := func(s string) string {
		if !strings.Contains(s, "/") {
			return replace(s)
		}
		parts := strings.Split(s, "/")
		for i := range parts {
			parts[i] = replace(parts[i])
		}
		return strings.Join(parts, "/")
	}
	scalars := func(in []Scalar) []Scalar {
		out := make([]Scalar, len(in))
		for i, s := range in {
			s.Text = url(s.Text)
			out[i] = s
		}
		return out
	}
	var out []*Exchange
	for _, e := range exchanges {
		x := *e
		x.Path, x.Location = url(e.Path), url(e.Location)
		x.Scalars, x.Request = scalars(e.Scalars), scalars(e.Request)
		out = append(out, &x)
	}
	return out
}

var longID = regexp.MustCompile(`^([a-z]+)_[A-Za-z0-9]{10,30}$`)

// rewriting turns a corpus into that of an API with other habits.
type rewriting struct {
	name   string
	change func(j *scoredCorpus)
}

// rewriteLiterals changes the literals of the true templates.
func rewriteLiterals(f func(string) string) func(j *scoredCorpus) {
	return func(j *scoredCorpus) {
		nouns := map[string]bool{}
		for i := range j.truth {
			for _, s := range j.truth[i].Segments {
				if s.rank() == 2 {
					nouns[s.Chunks[0].Literal] = true
					s.Chunks[0].Literal = f(s.Chunks[0].Literal)
				}
			}
		}
		j.exchanges = rewrite(j.exchanges, func(s string) string {
			if nouns[s] {
				return f(s)
			}
			return s
		})
	}
}

// rewriteValues changes segments and values.
func rewriteValues(f func(string) string) func(j *scoredCorpus) {
	return func(j *scoredCorpus) { j.exchanges = rewrite(j.exchanges, f) }
}

// wordRewritings change words and identifiers.
func wordRewritings() []rewriting {
	return []rewriting{
		{"slugs", rewriteValues(func(s string) string {
			if shapeOf(s).isStrong() && !strings.Contains(s, "@") {
				return slug(s)
			}
			return s
		})},
		{"few_123", rewriteValues(func(s string) string { return longID.ReplaceAllString(s, "${1}_123") })},
		{"few_xxx", rewriteValues(func(s string) string { return longID.ReplaceAllString(s, "${1}_xxxxxxxxxxxx") })},
		{"singular", rewriteLiterals(noun.Singular)},
		{"foreign", rewriteLiterals(func(s string) string { // nouns without English plurals
			if isVersion(s) || !isName(s) {
				return s
			}
			return "q" + strings.TrimSuffix(s, "s") + "e"
		})},
	}
}

// shapeRewritings change what paths and responses look like.
func shapeRewritings() []rewriting {
	return []rewriting{
		{"deaf", func(j *scoredCorpus) { // responses without any segment of the path
			for i, e := range j.exchanges {
				x := *e
				x.Scalars = nil
				for _, s := range e.Scalars {
					if !strings.Contains(e.Path, s.Text) {
						x.Scalars = append(x.Scalars, s)
					}
				}
				j.exchanges[i] = &x
			}
		}},
		{"extension", func(j *scoredCorpus) {
			for i := range j.truth {
				segs := j.truth[i].Segments
				last := &segs[len(segs)-1]
				last.Chunks = append([]Chunk(nil), last.Chunks...)
				if n := len(last.Chunks) - 1; last.Chunks[n].Param == nil {
					last.Chunks[n].Literal += ".json"
				} else {
					last.Chunks[n].Param.MultiSegment = false
					last.Chunks = append(last.Chunks, Chunk{Literal: ".json"})
				}
			}
			for i, e := range j.exchanges {
				x := *e
				x.Path += ".json"
				j.exchanges[i] = &x
			}
		}},
		{"prefixed", func(j *scoredCorpus) {
			pre := []Segment{{Chunks: []Chunk{{Literal: "gateway"}}}, {Chunks: []Chunk{{Literal: "billing-svc"}}}}
			for i := range j.truth {
				j.truth[i].Segments = append(pre[:2:2], j.truth[i].Segments...)
			}
			for i, e := range j.exchanges {
				x := *e
				x.Path = "/gateway/billing-svc" + x.Path
				j.exchanges[i] = &x
			}
		}},
	}
}

// minRewritten is the least strict F1 of a rewritten corpus.
const minRewritten = .8

// TestRewritten scores the corpora after rewriting them: identifiers become words, nouns become
// singular, and so on. The results are APIs with other habits whose true templates are known.
func TestRewritten(t *testing.T) {
	if testing.Short() {
		t.Skip("rewrites all corpora")
	}
	for _, way := range append(wordRewritings(), shapeRewritings()...) {
		for _, name := range corpustest.Names(t) {
			if strings.HasPrefix(way.name, "few") && name != "stripe_ids" {
				continue
			}
			j := load(t, name)
			way.change(j)
			s, _ := j.score(build(j.exchanges).Templates(Options{}))
			corpustest.Judge(t, "paths of rewritten traffic: "+way.name, name, s.strict >= minRewritten,
				"%s of %s: strict F1 %.3f is below %.2f", way.name, name, s.strict, minRewritten)
			t.Logf("%-9s %-13s strict %.3f lenient %.3f names %.2f", way.name, name, s.strict, s.lenient, s.names)
		}
	}
}
