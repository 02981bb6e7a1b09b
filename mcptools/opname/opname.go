// Package opname finds the operations that a caller names. People and models write an operation as
// METHOD PATH, as PATH, by its id, by a path that was requested, or by a URL, and ids in any letter
// case. All tools that take an operation accept all of these forms.
//
// Read opname.go.
package opname

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/openapi/router"
)

// Operation is an operation that may be named.
type Operation struct {
	Method, Template string
	IDs              []string // all names that it has, such as its operationId and that of its tool
}

// Name is a name of operations, in parts. An absent part is "".
type Name struct {
	Method string // upper case
	Path   string // a template or a requested path; of a URL without its origin and query
	ID     string
}

// Parse returns the parts of a name. Words after the path or id are ignored, because lists of
// operations have parameters and types there.
func Parse(name string) Name {
	words := strings.Fields(name)
	var n Name
	if len(words) > 0 && isMethod(words[0]) && (len(words) > 1 || slices.Contains(methods, strings.ToUpper(words[0]))) {
		n.Method, words = strings.ToUpper(words[0]), words[1:]
	}
	if len(words) == 0 {
		return n
	}
	where := words[0]
	if _, rest, isURL := strings.Cut(where, "://"); isURL {
		slash := strings.IndexAny(rest, "/?#")
		if slash < 0 {
			slash, rest = 0, "/"
		}
		if where = rest[slash:]; where[0] != '/' {
			where = "/" + where
		}
	}
	if !strings.HasPrefix(where, "/") {
		n.ID = where
		return n
	}
	n.Path, _, _ = strings.Cut(where, "?")
	return n
}

// methods are the words that are methods even if nothing follows them.
var methods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"}

// isMethod reports whether a word before a path or id may be a method: it consists of letters.
func isMethod(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r)) })
}

// Select returns the indexes of the operations that a name selects, in their order. A name without
// a method selects the operations of all methods. doc is the document of the operations, r its
// router or nil.
func Select(doc *openapi3.T, r *router.Router, operations []Operation, n Name) []int {
	fits := func(o *Operation) bool { return n.Method == "" || o.Method == n.Method }
	filter := func(is func(*Operation) bool) (out []int) {
		for i := range operations {
			if o := &operations[i]; fits(o) && is(o) {
				out = append(out, i)
			}
		}
		return out
	}
	if n.ID != "" {
		for _, equal := range []func(a, b string) bool{
			func(a, b string) bool { return a == b }, strings.EqualFold,
			func(a, b string) bool { return plain(a) == plain(b) },
		} {
			is := func(o *Operation) bool {
				return slices.ContainsFunc(o.IDs, func(id string) bool { return equal(id, n.ID) })
			}
			if out := filter(is); out != nil {
				return out
			}
		}
		return nil
	}
	if n.Path == "" {
		return nil
	}
	for _, path := range paths(doc, n.Path) {
		shape := router.TemplateShape(path)
		if out := filter(func(o *Operation) bool { return router.TemplateShape(o.Template) == shape }); out != nil {
			return out
		}
	}
	if r == nil {
		var err error
		if r, err = router.New(doc); err != nil {
			return nil
		}
	}
	return requested(doc, r, filter, n)
}

// paths returns a path as it is, without the fragment that a URL may have, and as it is below each
// server of the document.
func paths(doc *openapi3.T, path string) []string {
	out := []string{path}
	if base, _, ok := strings.Cut(path, "#"); ok {
		out = append(out, base)
	}
	for _, prefix := range prefixes(doc) {
		if below, ok := strings.CutPrefix(path, prefix); ok && strings.HasPrefix(below, "/") {
			out = append(out, below)
		}
	}
	return out
}

// prefixes returns the paths of a document's servers, without "" and "/".
func prefixes(doc *openapi3.T) (out []string) {
	for _, s := range doc.Servers {
		_, prefix := router.SplitServer(s.URL)
		if prefix = strings.TrimRight(prefix, "/"); prefix != "" && !slices.Contains(out, prefix) {
			out = append(out, prefix)
		}
	}
	return out
}

// requested returns the operations of a requested path.
func requested(doc *openapi3.T, r *router.Router, filter func(func(*Operation) bool) []int, n Name) []int {
	asRequested := []string{n.Path}
	if base, _, ok := strings.Cut(n.Path, "#"); ok {
		asRequested = append(asRequested, base)
	}
	for _, prefix := range prefixes(doc) {
		asRequested = append(asRequested, prefix+n.Path)
	}
	for _, path := range asRequested {
		found := map[string]string{} // templates by method
		out := filter(func(o *Operation) bool {
			template, known := found[o.Method]
			if !known {
				if m, ok := r.FindPath(o.Method, "", path); ok {
					template = m.Template
				}
				found[o.Method] = template
			}
			return template != "" && o.Template == template
		})
		if out != nil {
			return out
		}
	}
	return nil
}

// plain returns the letters and digits of an id, in lower case: create_thing is createThing.
func plain(id string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, id)
}

// maxSimilar is the number of operations that [Similar] returns.
const maxSimilar = 5

// Similar returns the operations, as METHOD PATH ID, of which a name may be a misspelling, or else
// those that share the most words with it. Those of its method and short ones come first.
func Similar(operations []Operation, n Name) []string {
	words := wordPattern.FindAllString(n.Path+" "+n.ID, 20)
	type candidate struct {
		name  string
		words int
		near  int // see nearness
		other int // 1: another method
	}
	var all []candidate
	for i := range operations {
		o := &operations[i]
		c := candidate{name: strings.Join(append([]string{o.Method, o.Template}, o.IDs...), " ")}
		lower := strings.ToLower(c.name)
		for _, w := range words {
			if strings.Contains(lower, strings.ToLower(w)) {
				c.words++
			}
		}
		c.near = nearness(o, n)
		if n.Method != "" && o.Method != n.Method {
			c.other = 1
		}
		if c.words > 0 || c.near > 0 {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.near, a.near), cmp.Compare(b.words, a.words), cmp.Compare(a.other, b.other), cmp.Compare(len(a.name), len(b.name)))
	})
	var out []string
	for _, c := range all[:min(len(all), maxSimilar)] {
		if c.near != all[0].near || c.near == 0 && c.words < all[0].words {
			break
		}
		out = append(out, c.name)
	}
	return out
}

// nearness returns how well a name fits an operation if a letter is wrong in its id, or in one or
// two segments of its path: one more than the number of segments that are no parameters. It is 0 if
// the name does not fit. Before the path there may be a prefix.
func nearness(o *Operation, n Name) int {
	if id := plain(n.ID); id != "" {
		if slices.ContainsFunc(o.IDs, func(known string) bool { return spelling.IsNear(plain(known), id) }) {
			return 1
		}
		return 0
	}
	template, path := strings.Split(o.Template, "/"), strings.Split(strings.TrimSuffix(n.Path, "/"), "/")
	if len(path) < len(template) || len(template) < 2 {
		return 0
	}
	path = path[len(path)-len(template):]
	wrong, words := 0, 0
	for i, segment := range template[1:] {
		switch given := path[i+1]; {
		case segment == given:
			words++
		case spelling.IsNear(strings.ToLower(segment), strings.ToLower(given)):
			words++
			wrong++
		case !strings.Contains(segment, "{") || given == "":
			return 0
		}
	}
	if wrong > 2 || words == 0 {
		return 0
	}
	return 1 + words
}

// wordPattern matches the words of paths and ids.
var wordPattern = regexp.MustCompile(`[A-Z]?[a-z0-9]{2,}`)
