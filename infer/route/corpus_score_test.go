package route

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
)

// scoredCorpus compares templates with the vendor's document, as far as the traffic covers it.
type scoredCorpus struct {
	truth     []Template
	exchanges []*Exchange
}

var paramExpr = regexp.MustCompile(`\{([^{}]*)\}`)

// parseTemplate parses an OpenAPI path.
func parseTemplate(path string, methods []string) Template {
	var t Template
	segs := strings.Split(strings.Trim(path, "/"), "/")
	for i, s := range segs {
		var seg Segment
		last := 0
		for _, l := range paramExpr.FindAllStringSubmatchIndex(s, -1) {
			if l[0] > last {
				seg.Chunks = append(seg.Chunks, Chunk{Literal: s[last:l[0]]})
			}
			name := s[l[2]:l[3]]
			seg.Chunks = append(seg.Chunks, Chunk{Param: &Param{Name: name, MultiSegment: i == len(segs)-1 &&
				spanning.MatchString(name)}})
			last = l[1]
		}
		if last < len(s) || s == "" {
			seg.Chunks = append(seg.Chunks, Chunk{Literal: s[last:]})
		}
		t.Segments = append(t.Segments, seg)
	}
	for _, m := range methods {
		t.Methods = append(t.Methods, MethodFacts{Method: m})
	}
	return t
}

var spanning = regexp.MustCompile(`(?i)^(path|file_?path|tree_?path|ref|branch|basehead|archive)$`)

func readTruth(t testing.TB, name string) []Template {
	var doc struct {
		Servers []struct{ URL string }
		Paths   map[string]map[string]any
	}
	must.Do(t, json.NewDecoder(corpustest.Open(t, name, corpustest.Document)).Decode(&doc))
	base := ""
	if len(doc.Servers) > 0 {
		base = doc.Servers[0].URL
		if i := strings.Index(base, "://"); i >= 0 {
			base = base[i+3:]
			if j := strings.IndexByte(base, '/'); j >= 0 {
				base = base[j:]
			} else {
				base = ""
			}
		}
		base = strings.TrimSuffix(base, "/")
	}
	var out []Template
	for p, item := range doc.Paths {
		var ms []string
		for _, m := range []string{"get", "put", "post", "delete", "patch", "head", "options"} {
			if _, ok := item[m]; ok {
				ms = append(ms, strings.ToUpper(m))
			}
		}
		out = append(out, parseTemplate(base+p, ms))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].pattern() < out[j].pattern() })
	return out
}

// matcher finds the template of each exchange, and remembers it.
type matcher struct {
	templates []Template
	known     map[*Exchange]*Template
}

func newMatcher(templates []Template) *matcher {
	return &matcher{templates: templates, known: map[*Exchange]*Template{}}
}

// match returns the operation of an exchange. Its template is nil if there is none.
func (m *matcher) match(e *Exchange) opKey {
	t, ok := m.known[e]
	if !ok {
		t = matchMethod(m.templates, e.Method, e.Path)
		m.known[e] = t
	}
	return opKey{e.Method, t}
}

func matchMethod(templates []Template, method, path string) *Template {
	segments, _ := splitPath(path, nil)
	var best *Template
	for i := range templates {
		t := &templates[i]
		ok := false
		for _, m := range t.Methods {
			ok = ok || m.Method == method
		}
		if ok && t.matches(segments) && (best == nil || t.outranks(best)) {
			best = t
		}
	}
	return best
}

// score is the strict and lenient F1, and the share of parameters with the vendor's name.
type score struct{ strict, lenient, names float64 }

var idLike = regexp.MustCompile(`^(\d+|[0-9a-fA-F-]{16,}|.*\d.*)$`)

type opKey struct {
	method string
	t      *Template
}

// scoring compares decided operations with the vendor's.
type scoring struct {
	values   map[opKey][]map[string]bool  // by vendor's operation: values of each segment
	answered map[opKey]bool               // the vendor's operations that were served
	decided  map[opKey]bool               // decided operations that count
	hit      map[opKey]bool               // decided operations that match an exchange
	pairs    map[opKey]map[*Template]bool // vendor's operation to decided templates
	log      []string
}

// score scores the templates and returns a sorted log of the differences.
func (j *scoredCorpus) score(got []Template) (score, []string) {
	c := &scoring{values: map[opKey][]map[string]bool{}, answered: map[opKey]bool{}, decided: map[opKey]bool{},
		hit: map[opKey]bool{}, pairs: map[opKey]map[*Template]bool{}}
	known, decided := newMatcher(j.truth), newMatcher(got)
	for _, e := range j.exchanges {
		c.add(e, known.match(e), decided.match(e))
	}
	for _, e := range j.exchanges {
		o, p := known.match(e), decided.match(e)
		if p.t != nil && o.t != nil && c.answered[o] {
			c.decided[p] = true
		}
	}
	for i := range got {
		for _, m := range got[i].Methods {
			if k := (opKey{m.Method, &got[i]}); !c.hit[k] && !m.NotFound {
				c.decided[k] = true
				c.log = append(c.log, "spurious "+m.Method+" "+got[i].String())
			}
		}
	}
	s := score{strict: c.f1(false), lenient: c.f1(true), names: c.names()}
	sort.Strings(c.log)
	return s, c.log
}

// add adds an exchange of a vendor's operation o and a decided operation p.
func (c *scoring) add(e *Exchange, o, p opKey) {
	if o.t != nil {
		segments, _ := splitPath(e.Path, nil)
		if c.values[o] == nil {
			c.values[o] = make([]map[string]bool, len(o.t.Segments))
		}
		for i := range o.t.Segments {
			if c.values[o][i] == nil {
				c.values[o][i] = map[string]bool{}
			}
			c.values[o][i][segments[i].decoded] = true
		}
		if e.Status != 404 && e.Status != 405 {
			c.answered[o] = true
		}
	}
	if p.t != nil {
		c.hit[p] = true
	}
	if o.t != nil && p.t != nil {
		if c.pairs[o] == nil {
			c.pairs[o] = map[*Template]bool{}
		}
		c.pairs[o][p.t] = true
	}
}

// f1 returns the harmonic mean of precision and recall.
func (c *scoring) f1(lenient bool) float64 {
	found := 0
	for o := range c.answered {
		ok := false
		for p := range c.decided {
			ok = ok || equal(o, p, c.values[o], lenient)
		}
		if ok {
			found++
		} else {
			word := "missed-strict "
			if lenient {
				word = "missed "
			}
			c.log = append(c.log, word+o.method+" "+o.t.String()+"  "+fmt.Sprint(firstValues(c.values[o])))
		}
	}
	right := found
	if lenient {
		right = 0
		for p := range c.decided {
			ok := false
			for o := range c.answered {
				ok = ok || equal(o, p, c.values[o], true)
			}
			if right += boolToInt(ok); !ok {
				c.log = append(c.log, "wrong  "+p.method+" "+p.t.String())
			}
		}
	}
	p, r := float64(right)/float64(max(1, len(c.decided))), float64(found)/float64(max(1, len(c.answered)))
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// names returns the share of parameters that have the vendor's name.
func (c *scoring) names() float64 {
	n, right := 0, 0
	for o, ts := range c.pairs {
		for t := range ts {
			if o.t.pattern() != t.pattern() {
				continue
			}
			a, b := o.t.Params(), t.Params()
			for i := range a {
				n++
				if noun.Fold(a[i].Name) == noun.Fold(b[i].Name) {
					right++
				} else {
					c.log = append(c.log, fmt.Sprintf("name %s: %s not %s (%s)", o.t, b[i].Name, a[i].Name,
						b[i].NameRule))
				}
			}
		}
	}
	return float64(right) / float64(max(n, 1))
}

func firstValues(vs []map[string]bool) []string {
	var out []string
	for _, v := range vs {
		var ks []string
		for k := range v {
			ks = append(ks, k)
		}
		sort.Strings(ks)
		out = append(out, fmt.Sprintf("%s(%d)", ks[0], len(v)))
	}
	return out
}

func equal(o, p opKey, vals []map[string]bool, lenient bool) bool {
	if o.method != p.method {
		return false
	}
	if strings.TrimSuffix(o.t.pattern(), "/") == strings.TrimSuffix(p.t.pattern(), "/") {
		return true
	}
	if !lenient || len(o.t.Segments) != len(p.t.Segments) {
		return false
	}
	for i, s := range o.t.Segments {
		u := p.t.Segments[i]
		lit, ulit := s.rank() == 2, u.rank() == 2
		switch {
		case lit && ulit:
			if s.Chunks[0].Literal != u.Chunks[0].Literal {
				return false
			}
		case !lit && !ulit:
			a, b := Template{Segments: []Segment{s}}, Template{Segments: []Segment{u}}
			if a.pattern() != b.pattern() && u.rank() != 0 {
				return false
			}
		case !lit:
			if len(vals[i]) != 1 || !vals[i][u.Chunks[0].Literal] || idLike.MatchString(u.Chunks[0].Literal) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// load reads one corpus.
func load(t testing.TB, name string) *scoredCorpus {
	return &scoredCorpus{truth: readTruth(t, name), exchanges: readExchanges(t, name)}
}

func build(exchanges []*Exchange) *Tree {
	t := newTestTree()
	for _, e := range exchanges {
		add(t, e)
	}
	return t
}

// sampleTraffic returns a random share of the traffic.
func sampleTraffic(exchanges []*Exchange, share float64, seed uint64) []*Exchange {
	r := rand.New(rand.NewPCG(seed, 1))
	exchanges = append([]*Exchange(nil), exchanges...)
	r.Shuffle(len(exchanges), func(i, j int) { exchanges[i], exchanges[j] = exchanges[j], exchanges[i] })
	return exchanges[:int(math.Ceil(share*float64(len(exchanges))))]
}

// TestCorpora checks the scores on all of the traffic and on shares of it.
func TestCorpora(t *testing.T) {
	only := os.Getenv("CORPUS")
	for i, name := range corpustest.Names(t) {
		if only != "" && only != name || only == "" && testing.Short() && i%3 != 0 {
			continue
		}
		j := load(t, name)
		line := fmt.Sprintf("%-13s", name)
		for _, want := range []struct{ share, strict, lenient float64 }{{1, .93, .97}, {.25, .8, .92}, {.1, .7, .88}} {
			seeds := 2
			if want.share == 1 {
				seeds = 1
			} else if testing.Short() {
				break
			}
			var sum score
			worst := 1.0
			for seed := range seeds {
				k := &scoredCorpus{truth: j.truth, exchanges: sampleTraffic(j.exchanges, want.share, uint64(seed))}
				s, log := k.score(build(k.exchanges).Templates(Options{}))
				sum.strict += s.strict / float64(seeds)
				sum.lenient += s.lenient / float64(seeds)
				sum.names += s.names / float64(seeds)
				worst = min(worst, s.lenient)
				if os.Getenv("VERBOSE") == fmt.Sprint(want.share) {
					t.Log(strings.Join(log, "\n"))
				}
			}
			line += fmt.Sprintf("  | %3.0f%% %.3f %.3f (%.3f) names %.2f", want.share*100, sum.strict, sum.lenient,
				worst, sum.names)
			corpustest.Judge(t, fmt.Sprintf("paths from %.0f %% of the traffic", want.share*100), name, sum.strict >= want.strict && sum.lenient >= want.lenient,
				"%s: strict %.3f, lenient %.3f", name, sum.strict, sum.lenient)
		}
		t.Log(line)
	}
}

// perturb multiplies each weight by exp(N(0, sd)).
func perturb(w []float64, r *rand.Rand, sd float64) []float64 {
	for i := range w {
		w[i] *= math.Exp(r.NormFloat64() * sd)
	}
	return w
}
