package diff

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// alignSecurity renames the security schemes of b to the names that equal schemes have in a: a
// scheme is identified by its content. One that has a name of both documents and other content
// keeps it, so that it shows as changed, unless that name is taken.
func alignSecurity(a, b *openapi3.T) {
	if a.Components == nil || b.Components == nil {
		return
	}
	as, bs := a.Components.SecuritySchemes, b.Components.SecuritySchemes
	renamed, taken := map[string]string{}, map[string]bool{}
	rename := func(isSame func(name, other string) bool) {
		for _, name := range keys(bs) {
			for _, other := range keys(as) {
				if _, done := renamed[name]; !done && !taken[other] && isSame(name, other) {
					renamed[name], taken[other] = other, true
				}
			}
		}
	}
	isEqual := func(name, other string) bool { return contentOf(bs[name]) == contentOf(as[other]) }
	rename(func(name, other string) bool { return name == other && isEqual(name, other) })
	rename(isEqual)
	rename(func(name, other string) bool { return name == other })
	for name := range bs {
		if _, done := renamed[name]; !done {
			for renamed[name] = name; taken[renamed[name]]; {
				renamed[name] += "_"
			}
		}
	}
	schemes := openapi3.SecuritySchemes{}
	for name, r := range bs {
		schemes[renamed[name]] = r
	}
	b.Components.SecuritySchemes = schemes
	b.Security = renameRequirements(b.Security, renamed)
	for _, items := range []map[string]*openapi3.PathItem{b.Paths.Map(), b.Webhooks} {
		for _, item := range items {
			for _, o := range item.Operations() {
				if o.Security != nil {
					own := renameRequirements(*o.Security, renamed)
					o.Security = &own
				}
			}
		}
	}
}

func renameRequirements(all openapi3.SecurityRequirements, renamed map[string]string) openapi3.SecurityRequirements {
	if all == nil {
		return nil
	}
	out := openapi3.SecurityRequirements{}
	for _, requirement := range all {
		r := openapi3.SecurityRequirement{}
		for name, scopes := range requirement {
			if other, has := renamed[name]; has {
				name = other
			}
			r[name] = scopes
		}
		out = append(out, r)
	}
	return out
}

// contentOf returns the content that identifies a security scheme: all but its scopes and its texts
// for people.
func contentOf(r *openapi3.SecuritySchemeRef) string {
	s := r.Value
	out := []string{s.Type, strings.ToLower(s.Scheme), s.In, s.Name, s.OpenIdConnectUrl}
	if f := s.Flows; f != nil {
		for _, flow := range []*openapi3.OAuthFlow{f.Implicit, f.Password, f.ClientCredentials, f.AuthorizationCode} {
			if flow != nil {
				out = append(out, flow.AuthorizationURL, flow.TokenURL, flow.RefreshURL)
			}
			out = append(out, "")
		}
	}
	return strings.Join(out, "\n")
}
