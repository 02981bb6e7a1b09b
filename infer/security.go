package infer

import (
	"cmp"
	"net/textproto"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

func canonicalHeader(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

// decideAccess finds the security schemes and which of them each operation asks for.
func decideAccess(cs []*candidate, d *Document) {
	schemes := map[credential]*SecurityScheme{}
	onlyJWT := true
	for _, c := range cs {
		for k := range c.facts.access.tries {
			if k == "" {
				continue
			}
			for _, cr := range comboOf(k) {
				onlyJWT = onlyJWT && cr.kind != "bearer"
				cr = plainBearer(cr)
				if schemes[cr] == nil {
					schemes[cr] = schemeOf(cr)
				}
			}
		}
	}
	if s := schemes[credential{kind: "bearer"}]; s != nil && onlyJWT {
		s.BearerFormat = "JWT"
	}
	uniqueSchemeNames(schemes)
	grants := grantSchemes(cs)
	for _, c := range cs {
		c.op.Security = c.requirements(schemes, grants)
	}
	for _, s := range schemes {
		d.Security = append(d.Security, *s)
	}
	d.Security = append(d.Security, grants...)
	slices.SortFunc(d.Security, func(a, b SecurityScheme) int { return cmp.Compare(a.Name, b.Name) })
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
		return &SecurityScheme{Name: noun.Camel(words...), Type: "apiKey", In: "header", Key: canonicalHeader(c.name)}
	}
	return &SecurityScheme{Name: noun.Camel(append(noun.Words(c.name), c.kind)...), Type: "apiKey", In: c.kind, Key: c.name}
}

// uniqueSchemeNames tells schemes apart that would be called the same.
func uniqueSchemeNames(schemes map[credential]*SecurityScheme) {
	keys := make([]credential, 0, len(schemes))
	for c := range schemes {
		keys = append(keys, c)
	}
	slices.SortFunc(keys, func(a, b credential) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
	used := map[string]bool{}
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

// grantFlows are OpenAPI's names of the OAuth2 grants that end at the token endpoint.
var grantFlows = map[string]string{"client_credentials": "clientCredentials", "password": "password",
	"authorization_code": "authorizationCode"}

// grantSchemes finds the token endpoints (RFC 6749, section 3.2).
func grantSchemes(cs []*candidate) []SecurityScheme {
	var out []SecurityScheme
	for _, c := range cs {
		for _, g := range c.facts.grants.names() {
			flow := grantFlows[g]
			if flow == "" || flow == "authorizationCode" { // its authorization URL is not in this traffic
				continue
			}
			origin := c.facts.origins.names()[0]
			out = append(out, SecurityScheme{Name: "oauth2" + noun.Pascal(flow), Type: "oauth2", Flow: flow, TokenURL: origin + c.full})
		}
	}
	slices.SortFunc(out, func(a, b SecurityScheme) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.TokenURL, b.TokenURL))
	})
	return slices.CompactFunc(out, func(a, b SecurityScheme) bool { return a.Name == b.Name })
}

// requirements lists the alternatives that open one operation; nil when no credential was ever seen on it.
func (c *candidate) requirements(schemes map[credential]*SecurityScheme, grants []SecurityScheme) [][]string {
	sets, anonymous := c.facts.access.combos()
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
			for _, g := range grants {
				out = append(out, []string{g.Name})
			}
		}
	}
	slices.SortFunc(out, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(strings.Join(a, ","), strings.Join(b, ",")))
	})
	return slices.CompactFunc(out, slices.Equal)
}
