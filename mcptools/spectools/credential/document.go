package credential

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// requirements returns the security requirements of a document and of its operations.
func requirements(doc *openapi3.T) openapi3.SecurityRequirements {
	all := slices.Clone(doc.Security)
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.Security != nil {
				all = append(all, *op.Security...)
			}
		}
	}
	return all
}

// Assume lets the operations of a document that says nothing of security take a credential, if a
// person gives one: for any scheme that the document defines, else a bearer token or a password. It
// reports whether it changed the document. Documents of some vendors, such as GitHub, have no
// scheme, and some define schemes that no operation requires.
func Assume(doc *openapi3.T) bool {
	isRequired := func(r openapi3.SecurityRequirement) bool { return len(r) > 0 }
	if doc.Security != nil || slices.ContainsFunc(requirements(doc), isRequired) {
		return false
	}
	if doc.Components == nil {
		doc.Components = new(openapi3.Components)
	}
	names := slices.Sorted(maps.Keys(doc.Components.SecuritySchemes))
	if len(names) == 0 {
		names = []string{"bearer", "password"}
		doc.Components.SecuritySchemes = openapi3.SecuritySchemes{
			"bearer":   {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}},
			"password": {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "basic"}},
		}
	}
	doc.Security = openapi3.SecurityRequirements{{}}
	for _, name := range names {
		doc.Security = append(doc.Security, openapi3.SecurityRequirement{name: {}})
	}
	return true
}

// Fit limits the general variables to what they can mean in a document. The only scheme of a
// document takes API_KEY and BEARER_TOKEN, whatever its type is called. API_KEY is none of several
// keys that are required together, unless all others are supplied. has reports whether something
// else supplies a scheme.
func (e *Environment) Fit(doc *openapi3.T, has func(name string, s *openapi3.SecurityScheme) bool) {
	if doc.Components == nil {
		return
	}
	if schemes := doc.Components.SecuritySchemes; len(schemes) == 1 {
		e.only = slices.Collect(maps.Keys(schemes))[0]
	}
	e.shared = map[string]bool{}
	for _, together := range requirements(doc) {
		var keys []string
		for name := range together {
			r := doc.Components.SecuritySchemes[name]
			if r != nil && r.Value != nil && r.Value.Type == "apiKey" && e.Get(Variable(name)) == "" && !has(name, r.Value) {
				keys = append(keys, name)
			}
		}
		for _, name := range keys {
			e.shared[name] = e.shared[name] || len(keys) > 1
		}
	}
}

// Has reports whether a source is configured for a scheme. It runs no command and fetches nothing.
func Has(x Source, name string, s *openapi3.SecurityScheme) bool {
	switch x := x.(type) {
	case nil:
		return false
	case Chain:
		return slices.ContainsFunc(x, func(y Source) bool { return Has(y, name, s) })
	case *Commands:
		return strings.TrimSpace(x.commands[name]) != ""
	}
	_, has, err := StandingOf(context.Background(), x, name, s)
	return has || err != nil
}
