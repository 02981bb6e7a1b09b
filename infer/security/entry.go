package security

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// Entry says how clients of a host get what requests carry.
type Entry struct {
	SignIns []SignIn
	Tokens  []Token
}

// SignIn is an operation whose answers give credentials.
type SignIn struct {
	Method, Path string
	// Asks reports whether its requests have a password.
	Asks  bool
	Gives []Gift // by scheme
}

// Gift is the credential of a scheme in an answer.
type Gift struct {
	Scheme string
	From   Source
}

// Token is a token against forged requests: a header or a field of a form, and the places in
// answers and pages that gave it, the best first.
type Token struct {
	In, Name string // In is "header" or "field"
	From     []Source
}

// Source is a place in an answer.
type Source struct {
	Method, Path string // Method is "" for a page; Path is "" if it is not known
	// In is "cookie", "header", "member" (Name is a JSON Pointer, "" for a body that is the token),
	// or "meta" or "hidden" for elements of a page.
	In, Name string

	asks bool // the request had a password
}

// ranks orders sources by what it takes to read them. A cookie is at hand, a page must be read.
var ranks = []string{kindCookie, inMember, kindHeader, inMeta, inHidden}

// sourcesOf returns the places that gave a value, the best first. given may be nil.
func sourcesOf(given *bottomk.Counts) (out []Source) {
	if given == nil {
		return nil
	}
	for _, text := range given.Names() {
		f := strings.Split(text, "\t")
		if len(f) != 4 {
			continue
		}
		method, asks := strings.CutPrefix(f[0], signsIn)
		out = append(out, Source{Method: method, Path: f[1], In: f[2], Name: f[3], asks: asks})
	}
	slices.SortFunc(out, compareSources)
	return out
}

func compareSources(a, b Source) int {
	if a.asks != b.asks {
		return map[bool]int{true: -1, false: 1}[a.asks]
	}
	return cmp.Or(cmp.Compare(slices.Index(ranks, a.In), slices.Index(ranks, b.In)), cmp.Compare(len(a.Path), len(b.Path)),
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Name, b.Name))
}

// carried yields the kinds and names of the places where requests carried a value.
func (x *passage) carried(yield func(kind, name string)) {
	for _, text := range x.sent.Names() {
		if f := strings.Split(text, "\t"); len(f) == 4 {
			yield(f[2], f[3])
		}
	}
}

// entry follows the values from the answers that gave them to the requests that carry them.
func (p *Passed) entry(schemes map[Credential]*Scheme) Entry {
	signIns, tokens := map[[2]string]*SignIn{}, map[[2]string]*Token{}
	for _, from := range sourcesOf(p.cookies) {
		if s := schemes[Credential{kindCookie, from.Name}]; s != nil {
			addGifts(signIns, s.Name, []Source{from})
		}
	}
	for _, h := range sortedKeys(p.credentials.passages) {
		x := p.credentials.passages[h]
		x.carried(func(kind, name string) {
			if s := schemes[Credential{kind, name}]; s != nil {
				addGifts(signIns, s.Name, sourcesOf(x.given))
			}
		})
	}
	for _, h := range sortedKeys(p.tokens.passages) {
		x := p.tokens.passages[h]
		sources := sourcesOf(x.given)
		x.carried(func(kind, name string) {
			if kind == kindHeader || kind == inField {
				t := tokens[[2]string{kind, name}]
				if t == nil {
					t = &Token{In: kind, Name: name}
					tokens[[2]string{kind, name}] = t
				}
				t.From = append(t.From, sources...)
				x.carried(func(kind, name string) { // of which no answer is known
					if kind == kindCookie && headers.IsAntiForgery(name) && len(sources) == 0 {
						t.From = append(t.From, Source{In: kindCookie, Name: name})
					}
				})
			}
		})
	}
	out := Entry{}
	for _, k := range sortedPairs(signIns) {
		out.SignIns = append(out.SignIns, *signIns[k])
	}
	slices.SortStableFunc(out.SignIns, func(a, b SignIn) int { return cmp.Compare(rankOf(a), rankOf(b)) })
	known := sortedPairs(tokens)
	for _, k := range known[:min(len(known), maxTokens)] {
		t := tokens[k]
		for i := range t.From {
			t.From[i].asks = false // a page has the token before anyone signs in, too
		}
		slices.SortFunc(t.From, compareSources)
		t.From = slices.Compact(t.From)
		if t.In == kindHeader {
			t.Name = headers.Spelling(t.Name)
		}
		out.Tokens = append(out.Tokens, *t)
	}
	return out
}

// signInWords are parts of paths that sign in rather than make an account or change it.
var signInWords = []string{"login", "logon", "signin", "session", "auth", "token"}

// rankOf puts operations that ask for a password first, and of these those that are named after
// signing in.
func rankOf(s SignIn) int {
	path := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s.Path))
	switch {
	case !s.Asks:
		return 2
	case !slices.ContainsFunc(signInWords, func(w string) bool { return strings.Contains(path, w) }):
		return 1
	}
	return 0
}

// addGifts adds what the sources give for a scheme.
func addGifts(signIns map[[2]string]*SignIn, scheme string, sources []Source) {
	for _, from := range sources {
		k := [2]string{from.Path, from.Method}
		if signIns[k] == nil {
			signIns[k] = &SignIn{Method: from.Method, Path: from.Path}
		}
		in := signIns[k]
		in.Asks = in.Asks || from.asks
		if !slices.ContainsFunc(in.Gives, func(g Gift) bool { return g.Scheme == scheme }) {
			in.Gives = append(in.Gives, Gift{scheme, from})
			slices.SortFunc(in.Gives, func(a, b Gift) int { return cmp.Compare(a.Scheme, b.Scheme) })
		}
	}
}

// maxTokens bounds the tokens, and maxSources the sources of each.
const maxTokens, maxSources = 16, 3

// Resolve returns the entry with the paths of operations. It leaves out what has none: operation
// returns the path template of an operation, "" if there is none, page reports whether a path is
// that of a page, and isData whether the name of a member may be data of a person.
func (e Entry) Resolve(operation func(method, path string) string, page, isData func(string) bool) (out Entry) {
	hasData := func(s Source) bool {
		return s.In == inMember && slices.ContainsFunc(jsonvalue.Tokens(s.Name), isData)
	}
	resolve := func(s Source) (Source, bool) {
		if path := operation(s.Method, s.Path); path != "" {
			s.Path = path
			return s, !strings.Contains(path, "{")
		}
		if s.Method == "GET" && page(s.Path) {
			s.Method = ""
			return s, true
		}
		return Source{In: s.In, Name: s.Name}, s.In == kindCookie
	}
	for _, s := range e.SignIns {
		s.Path = operation(s.Method, s.Path)
		s.Gives = slices.DeleteFunc(s.Gives, func(g Gift) bool { return hasData(g.From) })
		isKnown := func(o SignIn) bool { return o.Method == s.Method && o.Path == s.Path }
		if s.Path != "" && len(s.Gives) > 0 && !slices.ContainsFunc(out.SignIns, isKnown) {
			out.SignIns = append(out.SignIns, s)
		}
	}
	for _, t := range e.Tokens {
		var from []Source
		for _, s := range t.From {
			isKnown := func(o Source) bool { return o.In == s.In && o.Name == s.Name }
			if s, ok := resolve(s); ok && !hasData(s) && len(from) < maxSources && !slices.ContainsFunc(from, isKnown) {
				from = append(from, s)
			}
		}
		if t.From = from; len(from) > 0 {
			out.Tokens = append(out.Tokens, t)
		}
	}
	return out
}
