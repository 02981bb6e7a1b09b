package document

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spectap/spectap/openapi/compact"
	"github.com/spectap/spectap/openapi/router"
)

// Operations of a document are selected by [operationFilter.Select]: by words, tag, method and
// path. [tagGroups] says how many operations each tag has.

// operationFilter selects operations that satisfy all conditions. The zero value selects all.
type operationFilter struct {
	// Query has words that an operation should have in its line, summary or tags, in any case. The
	// operations with the most words are selected.
	Query string
	// Rank, unless nil, returns the operations that do what words say, best first. They come first.
	// If no operation has all of the words, they alone are selected.
	Rank func(query string, filter func(int) bool) []int
	// Tag and Method select operations with this tag or method, in any case.
	Tag, Method string
	// Paths selects operations at or below one of these paths. "*" matches any characters, and the
	// names of parameters do not matter. If no operation matches, parameters may have values, as in
	// paths of requests.
	Paths []string
	// Prefix is the path of the server. Paths, and words that are paths, may begin with it.
	Prefix string
}

// IsZero reports whether the filter selects all operations.
func (f operationFilter) IsZero() bool {
	return strings.TrimSpace(f.Query) == "" && f.Tag == "" && f.Method == "" && len(f.Paths) == 0
}

// Select returns the indexes of the selected operations, in the order of the document unless they
// are ranked. partial means that no operation has all words of the query, and these have some.
func (f operationFilter) Select(ops []compact.Operation) (selected []int, partial bool) {
	var patterns []*regexp.Regexp
	for _, p := range f.Paths {
		patterns = append(patterns, pathPattern(p))
	}
	atPath := func(shape string) bool {
		return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool {
			return p.MatchString(shape) || f.Prefix != "" && p.MatchString(f.Prefix+shape)
		})
	}
	if len(f.Paths) > 0 && !slices.ContainsFunc(ops, func(o compact.Operation) bool { return atPath(router.TemplateShape(o.Template)) }) {
		atPath = func(shape string) bool {
			return slices.ContainsFunc(f.Paths, func(p string) bool {
				return isRequested(p, shape) || f.Prefix != "" && isRequested(p, f.Prefix+shape)
			})
		}
	}
	matches := func(i int) bool {
		return f.matches(&ops[i]) && (len(f.Paths) == 0 || atPath(router.TemplateShape(ops[i].Template)))
	}
	words := strings.Fields(strings.ToLower(f.Query))
	best := 0
	for i := range ops {
		o := &ops[i]
		if !matches(i) {
			continue
		}
		n := countWords(f.Prefix+o.Template+" "+o.Line, o, words)
		if n > best {
			best, selected = n, nil
		}
		if n == best && (n > 0 || len(words) == 0) {
			selected = append(selected, i)
		}
	}
	if f.Rank != nil && len(words) > 0 && !strings.Contains(f.Query, "/") {
		selected = rank(selected, f.Rank(f.Query, matches), best == len(words))
	}
	return selected, best < len(words) && len(selected) > 0
}

// maxRanked bounds the operations that are selected because of their rank alone.
const maxRanked = 20

// rank puts the ranked operations before the rest of selected if all of selected has the words.
func rank(selected, ranked []int, hasAll bool) []int {
	if !hasAll {
		if len(ranked) == 0 {
			return selected
		}
		return ranked[:min(len(ranked), maxRanked)]
	}
	left := make(map[int]bool, len(selected))
	for _, i := range selected {
		left[i] = true
	}
	var out []int
	for _, i := range slices.Concat(ranked, selected) {
		if left[i] {
			out = append(out, i)
			delete(left, i)
		}
	}
	return out
}

func (f operationFilter) matches(o *compact.Operation) bool {
	hasTag := func(t string) bool { return strings.EqualFold(t, f.Tag) }
	return (f.Tag == "" || slices.ContainsFunc(o.Tags, hasTag) || f.Tag == noTag && len(o.Tags) == 0) &&
		(f.Method == "" || strings.EqualFold(f.Method, o.Method))
}

// isRequested reports whether a path, with values in place of parameters, is that of a template or
// one above it.
func isRequested(path, shape string) bool {
	path, _, _ = strings.Cut(strings.TrimSpace(path), "?")
	asked, own := strings.Split(strings.Trim(path, "/"), "/"), strings.Split(strings.Trim(shape, "/"), "/")
	if path == "" || len(asked) > len(own) {
		return false
	}
	for i, segment := range asked {
		if segment != own[i] && (segment == "" || !strings.Contains(own[i], "{")) {
			return false
		}
	}
	return true
}

// countWords returns how many of the words an operation has, whose line is given with its path.
func countWords(line string, o *compact.Operation, words []string) (n int) {
	text := strings.ToLower(line + " " + o.Summary + " " + strings.Join(o.Tags, " "))
	for _, w := range words {
		if strings.Contains(text, w) {
			n++
		}
	}
	return n
}

// pathPattern returns a pattern for templates at or below a path.
func pathPattern(p string) *regexp.Regexp {
	p = strings.TrimSuffix(router.TemplateShape(strings.TrimSpace(p)), "/")
	text := strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, ".*")
	return regexp.MustCompile(`(?s)^` + text + `(?:[/#].*)?$`)
}

// noTag selects the operations without a tag, and names them in an outline.
const noTag = "(no tag)"

// tagGroups groups operations by their first tag, in alphabetical order; those without a tag are
// last.
func tagGroups(ops []compact.Operation) (out []TagRow) {
	byTag := map[string]*TagRow{}
	for i := range ops {
		tag := noTag
		if len(ops[i].Tags) > 0 {
			tag = ops[i].Tags[0]
		}
		g := byTag[tag]
		if g == nil {
			g = &TagRow{Tag: tag, Methods: map[string]int{}, Example: ops[i].Template}
			byTag[tag] = g
		}
		g.Count++
		g.Methods[ops[i].Method]++
	}
	last := byTag[noTag]
	delete(byTag, noTag)
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		out = append(out, *byTag[tag])
	}
	if last != nil {
		out = append(out, *last)
	}
	return out
}
