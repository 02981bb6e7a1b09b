package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/security"
)

// decideSecurity finds the security schemes of the document and the requirements of each operation. Operations that the
// document leaves out show where tokens come from.
func decideSecurity(in, out []*candidate, d *Document) {
	decision := security.Decide(securityFacts(in), securityFacts(out))
	d.Security = decision.Schemes
	for i, c := range in {
		c.access, c.op.Security = decision.Access[i], decision.Requirements[i]
		c.op.Params = slices.DeleteFunc(c.op.Params, func(p Param) bool { // keys are no parameters
			return p.In == InHeader && decision.Keys[strings.ToLower(p.Name)]
		})
	}
}

func securityFacts(cs []*candidate) []security.Operation {
	out := make([]security.Operation, len(cs))
	for i, c := range cs {
		out[i] = security.Operation{Access: &c.facts.access, OAuth: &c.facts.oauth, Refused: c.facts.responses[401] != nil}
		if origins := c.facts.origins.Names(); len(origins) > 0 {
			out[i].URL = origins[0] + c.full
		}
	}
	return out
}
