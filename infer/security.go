package infer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// decideAccess finds the security schemes and which of them each operation asks for. Candidates that are left out
// tell where tokens come from.
func decideAccess(cs, out []*candidate, d *Document) {
	proveKeys(cs)
	schemes := map[credential]*SecurityScheme{}
	jwt, opaque := false, false
	add := func(cr credential) {
		if schemes[cr] == nil {
			schemes[cr] = schemeOf(cr)
		}
	}
	for _, c := range cs {
		for k := range c.access.tries {
			if k == "" {
				continue
			}
			for _, cr := range comboOf(k) {
				jwt, opaque = jwt || cr.kind == "jwt", opaque || cr.kind == "bearer"
				add(plainBearer(cr))
			}
		}
		for _, cr := range c.access.asked() {
			add(cr)
		}
	}
	tokens := findOAuth(slices.Concat(cs, out))
	logins, note := tokens.schemes()
	if s := schemes[credential{kind: "bearer"}]; s != nil {
		s.Description = note
		if jwt && !opaque {
			s.BearerFormat = "JWT"
		}
	}
	uniqueSchemeNames(schemes, logins)
	for _, c := range cs {
		c.op.Security = c.requirements(schemes, logins)
	}
	requireAlike(cs)
	for _, s := range schemes {
		d.Security = append(d.Security, *s)
	}
	d.Security = append(d.Security, logins...)
	slices.SortFunc(d.Security, func(a, b SecurityScheme) int { return cmp.Compare(a.Name, b.Name) })
}

// requireAlike gives operations that refused (401) whoever came without credentials, and were never asked with any, what
// all others ask for, if that is one thing.
func requireAlike(cs []*candidate) {
	var one [][]string
	for _, c := range cs {
		switch s := c.op.Security; {
		case s == nil || slices.ContainsFunc(s, func(names []string) bool { return len(names) == 0 }):
		case one == nil:
			one = s
		case !slices.EqualFunc(one, s, slices.Equal):
			return
		}
	}
	for _, c := range cs {
		if anon := c.access.tries[""]; c.op.Security == nil && one != nil && anon != nil && anon.passed == 0 && c.facts.responses[401] != nil {
			c.op.Security = one
		}
	}
}

// asked lists what an operation asked for that refused whoever came without credentials, and was never tried with any.
func (a *access) asked() (out []credential) {
	anon := a.tries[""]
	if len(a.tries) != 1 || anon == nil || anon.passed > 0 {
		return nil
	}
	for _, scheme := range sortedKeys(a.challenges) {
		out = append(out, credential{kind: scheme})
	}
	return out
}

// plainBearer drops the difference between opaque tokens and JWTs: both are one scheme.
func plainBearer(c credential) credential {
	if c.kind == "jwt" {
		c.kind = "bearer"
	}
	return c
}

func schemeOf(c credential) *SecurityScheme {
	switch c.kind {
	case "bearer", "basic", "digest":
		return &SecurityScheme{Name: c.kind + "Auth", Type: "http", Scheme: c.kind}
	case "header":
		words := noun.Words(c.name)
		if len(words) > 1 && words[0] == "x" {
			words = words[1:]
		}
		key, word, _ := strings.Cut(c.name, " ")
		s := &SecurityScheme{Name: noun.Camel(words...), Type: "apiKey", In: "header", Key: headerSpelling(key)}
		if word != "" {
			s.Description = "The key stands after the word " + word + "."
		}
		return s
	}
	return &SecurityScheme{Name: noun.Camel(append(noun.Words(c.name), c.kind)...), Type: "apiKey", In: c.kind, Key: c.name}
}

// uniqueSchemeNames tells schemes apart that would be called the same.
func uniqueSchemeNames(schemes map[credential]*SecurityScheme, logins []SecurityScheme) {
	keys := make([]credential, 0, len(schemes))
	for c := range schemes {
		keys = append(keys, c)
	}
	slices.SortFunc(keys, func(a, b credential) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
	used := map[string]bool{}
	for _, s := range logins {
		used[s.Name] = true
	}
	for _, c := range keys {
		s := schemes[c]
		if s.Name == "" {
			s.Name = "key"
		}
		for used[s.Name] {
			s.Name += "X"
		}
		used[s.Name] = true
	}
}

// requirements lists the alternatives that open one operation; nil when no credential was ever seen on it.
func (c *candidate) requirements(schemes map[credential]*SecurityScheme, logins []SecurityScheme) [][]string {
	sets, anonymous := c.access.combos()
	for _, cr := range c.access.asked() {
		sets = append(sets, []credential{cr})
	}
	if len(sets) == 0 {
		return nil
	}
	out := [][]string{}
	if anonymous {
		out = append(out, []string{})
	}
	for _, set := range sets {
		var names []string
		bearer := false
		for _, cr := range set {
			cr = plainBearer(cr)
			bearer = bearer || cr.kind == "bearer"
			names = append(names, schemes[cr].Name)
		}
		slices.Sort(names)
		out = append(out, slices.Compact(names))
		if bearer && len(set) == 1 {
			for _, s := range logins {
				out = append(out, []string{s.Name})
			}
		}
	}
	slices.SortFunc(out, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(strings.Join(a, ","), strings.Join(b, ",")))
	})
	return slices.CompactFunc(out, slices.Equal)
}
