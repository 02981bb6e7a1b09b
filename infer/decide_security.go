package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/security"
)

// decideSecurity finds the security schemes of the document and the requirements of each operation.
// Operations that the document leaves out show where tokens come from.
func decideSecurity(in, out []*endpoint, d *Document) {
	decision := security.Decide(securityFacts(in), securityFacts(out))
	d.Security = decision.Schemes
	for i, e := range in {
		e.access, e.op.Security = decision.Access[i], decision.Requirements[i]
		e.op.Params = slices.DeleteFunc(e.op.Params, func(p Param) bool { // keys are no parameters
			return p.In == InHeader && decision.Keys[strings.ToLower(p.Name)] || p.In == InQuery && decision.QueryKeys[p.Name]
		})
	}
}

func securityFacts(endpoints []*endpoint) []security.Operation {
	out := make([]security.Operation, len(endpoints))
	for i, e := range endpoints {
		f := e.facts
		out[i] = security.Operation{Access: &f.access, OAuth: &f.oauth, Refused: f.responses[401] != nil,
			Seen: f.seen, Query: map[string]int64{}}
		for _, name := range f.query.Names() {
			out[i].Query[name] = f.query.Get(name).seen
		}
		if f.refused != nil {
			for _, name := range f.refused.query.Names() {
				out[i].Query[name] += f.refused.query.Get(name).seen
			}
		}
		if origins := f.origins.Names(); len(origins) > 0 {
			out[i].URL = origins[0] + e.path
		}
	}
	return out
}
