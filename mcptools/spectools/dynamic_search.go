package spectools

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// searchIndex is an inverted index of the words of operations. It does not change once made.
type searchIndex struct {
	ops   []*operation
	terms map[string][]posting // in the order of ops
}

type posting struct {
	op     int
	weight float64
}

// Weights of the texts in which a word occurs.
const (
	weightName        = 3
	weightPath        = 3
	weightSummary     = 2
	weightTag         = 2
	weightParameter   = 1
	weightDescription = 0.5
)

func newSearchIndex(ops []*operation) *searchIndex {
	x := &searchIndex{ops: ops, terms: make(map[string][]posting)}
	for i, op := range ops {
		weights := make(map[string]float64)
		add := func(text string, weight float64) {
			for _, w := range terms(text) {
				weights[w] = max(weights[w], weight)
			}
		}
		add(op.doc.Description, weightDescription)
		for _, p := range op.Parameters {
			add(p.Name, weightParameter)
		}
		for _, t := range op.tags {
			add(t, weightTag)
		}
		add(op.doc.Summary, weightSummary)
		add(op.Path, weightPath)
		add(op.toolName, weightName)
		for w, weight := range weights {
			x.terms[w] = append(x.terms[w], posting{i, weight})
		}
	}
	return x
}

// find returns the operations that match a query and a filter, best first. A word weighs more the
// fewer operations have it (inverse document frequency), and a verb raises operations with a method
// that it may mean. Of operations with equal scores the one with the shorter path comes first.
func (x *searchIndex) find(query string, filter func(*operation) bool) []*operation {
	scores := make(map[int]float64)
	hits := make(map[int]int)
	words := terms(query)
	for _, w := range words {
		if m := verbMethods[w]; m != "" {
			for i, op := range x.ops {
				if strings.Contains(m, op.Method) {
					scores[i] += 0.7
				}
			}
		}
		ps := x.terms[w]
		idf := math.Log(1 + float64(len(x.ops))/float64(1+len(ps)))
		for _, p := range ps {
			scores[p.op] += p.weight * idf
			hits[p.op]++
		}
	}
	var found []int
	for i := range x.ops {
		if (len(words) == 0 || hits[i] > 0) && filter(x.ops[i]) {
			scores[i] *= 1 + float64(hits[i])/float64(len(words)+1)
			scores[i] -= 0.01 * float64(strings.Count(x.ops[i].Path, "/"))
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	out := make([]*operation, len(found))
	for i, f := range found {
		out[i] = x.ops[f]
	}
	return out
}

// verbMethods maps verbs, stemmed, to the methods that they may mean.
var verbMethods = map[string]string{
	"get": "GET", "fetch": "GET", "read": "GET", "show": "GET", "retriev": "GET", "find": "GET",
	"list": "GET", "search": "GET", "view": "GET", "look": "GET", "check": "GET",
	"download": "GET", "create": "POST", "creat": "POST", "add": "POST", "new": "POST",
	"make": "POST", "insert": "POST", "post": "POST", "send": "POST", "submit": "POST",
	"start": "POST", "upload": "POST PUT", "register": "POST", "updat": "PUT PATCH POST",
	"edit": "PUT PATCH POST", "chang": "PUT PATCH POST", "modify": "PUT PATCH POST",
	"modifi": "PUT PATCH POST", "set": "PUT PATCH POST", "replac": "PUT", "patch": "PATCH",
	"put": "PUT", "renam": "PATCH PUT", "delet": "DELETE", "remov": "DELETE", "destroy": "DELETE",
	"drop": "DELETE", "eras": "DELETE", "cancel": "POST DELETE",
}

// stopWords say nothing about an operation.
var stopWords = map[string]bool{
	"a": true, "an": true, "the": true, "of": true, "to": true, "for": true, "in": true,
	"on": true, "is": true, "are": true, "and": true, "or": true, "with": true, "by": true,
	"from": true, "i": true, "my": true, "me": true, "what": true, "how": true, "can": true,
	"do": true, "does": true, "all": true, "api": true,
}

// terms splits text into words, also at capitals, and stems them.
func terms(text string) []string {
	var out []string
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, token := range strings.FieldsFunc(text, isSeparator) {
		words := splitWords(token)
		if len(words) > 1 {
			words = append(words, token)
		}
		for _, w := range words {
			if w = stem(strings.ToLower(w)); w != "" && !stopWords[w] && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// stem removes English endings, roughly: the forms of one word need only become equal.
func stem(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		w = w[:len(w)-3] + "y"
	case len(w) > 4 && hasAnySuffix(w, "sses", "xes", "ches", "shes"):
		w = w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !hasAnySuffix(w, "ss", "us", "is"):
		w = w[:len(w)-1]
	}
	switch {
	case len(w) > 5 && strings.HasSuffix(w, "ing"):
		w = undouble(w[:len(w)-3])
	case len(w) > 4 && strings.HasSuffix(w, "ed"):
		w = undouble(w[:len(w)-2])
	}
	if len(w) > 4 && strings.HasSuffix(w, "e") {
		w = w[:len(w)-1]
	}
	if len(w) > 4 && strings.HasSuffix(w, "y") {
		w = w[:len(w)-1] + "i"
	}
	return w
}

func hasAnySuffix(w string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(w, s) })
}

// undouble removes a doubled final consonant: "stopp" (of "stopping") becomes "stop".
func undouble(w string) string {
	if n := len(w); n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("aeiouls", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}
