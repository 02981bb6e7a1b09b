package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// environment reads credentials from variables. It uses the general ones, such as API_KEY, only for
// an API that a person named: the origin of --base-url, the captured API, or the origin of the
// document's URL.
type environment struct {
	credential.Environment
	trusted bool   // a person named the API, whatever its origin
	named   string // a URL that a person named
}

func (s *serving) general(m mount, get func(string) string) *environment {
	return &environment{
		Environment: credential.Environment{Get: get, NamedOnly: true, Name: variableOf(m)},
		trusted:     s.options.BaseURL != "" || m.spec == "", named: m.spec,
	}
}

// BindOrigin implements [credential.OriginBinder].
func (e *environment) BindOrigin(origin string) {
	u, err := url.Parse(e.named)
	if err == nil && isURL(e.named) {
		named, err := egress.Origin(u)
		e.trusted = e.trusted || err == nil && named == origin
	}
	e.NamedOnly = !e.trusted
}

// printCredentials says which variables are sent where, and which are not sent although they are
// set.
func (s *serving) printCredentials(m mount, doc *openapi3.T, set *spectools.Set) {
	if doc.Components == nil {
		return
	}
	e := s.general(m, s.environment(m))
	e.BindOrigin(set.CredentialOrigin())
	home := visible.Line(set.CredentialOrigin())
	for _, name := range slices.Sorted(maps.Keys(doc.Components.SecuritySchemes)) {
		ref := doc.Components.SecuritySchemes[name]
		if ref == nil || ref.Value == nil {
			continue
		}
		for i, v := range credential.Variables(name, ref.Value) {
			if e.Get(v) == "" {
				continue
			}
			if i > 0 && e.NamedOnly {
				fmt.Fprintf(s.p.stderr, "  %s is not sent: only the document names %s; "+
					"set %s instead, or name the API with --base-url %s\n", v, home, credential.Variable(name), home)
			} else {
				fmt.Fprintf(s.p.stderr, "  %s is sent to %s where security scheme %s is required\n", v, home,
					visible.Line(name))
			}
			break
		}
	}
}
