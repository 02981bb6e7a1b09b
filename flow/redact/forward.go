package redact

import (
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/standin"
)

// Forwarded redacts a flow that leaves the machine, like [Redactor.Flow]. A secret that is a
// complete value in a format that inference recognizes is replaced by a stand-in of that format
// instead of a placeholder (see package standin), so that the inferred document is the same as that
// of the secrets. It does not change f.
func (r *Redactor) Forwarded(f flow.Flow) flow.Flow {
	one := *r
	one.standIns = standin.Set{}
	one.cfg.Budget = nil // the result must not depend on other flows
	f = one.Flow(f)      // a response is a copy
	storeOmissions(&f)
	if len(one.standIns) == 0 {
		return f
	}
	return replaceInFlow(f, one.standIns.In)
}

// storeOmissions marks what redaction omitted as cut off, which a store keeps.
func storeOmissions(f *flow.Flow) {
	f.Request.Body.Truncated = f.Request.Body.Truncated || f.Request.Body.Omitted != ""
	if a := f.Response; a != nil {
		a.Body.Truncated = a.Body.Truncated || a.Body.Omitted != ""
	}
	f.Messages = eachMessage(f.Messages, func(m *flow.Message) { m.Truncated = m.Truncated || m.Omitted != "" })
}

// acceptOf returns what the digits of a stand-in must fulfill. Check digits reveal some kinds, and
// inference keeps no values of them.
func acceptOf(kind string) func(string) bool {
	if kind == mark.Secret {
		return nil
	}
	return func(digits string) bool { return kindOf(digits) == kind }
}

// numberPlaceholder returns the placeholder of a number in JSON. For a flow that leaves the machine
// it differs from that of the same digits in a string, because its stand-in is a number.
func (r *Redactor) numberPlaceholder(value string) string {
	if r.standIns == nil {
		return r.placeholder(value)
	}
	one := *r
	one.standIns = nil
	kind := kindOf(value)
	p := one.placeholderOfKind(kind, "number\x00"+value)
	r.standIns.AddNumber(p, value, standin.NewHash(r.keyOf(kind, value), value), acceptOf(kind))
	return p
}
