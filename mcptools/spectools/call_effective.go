package spectools

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// mayBeHeld reports whether some arguments make calls of op wait for a confirmation.
func (b *builder) mayBeHeld(op *operation) bool {
	p := b.o.Policy
	switch {
	case op.held:
		return true
	case p.NoConfirmDangerous && len(p.Confirm) == 0:
		return false
	}
	return mayBecomeWrite(op) || hasFreeQuery(op)
}

// mayBecomeWrite reports whether an argument of op may replace the method of its request.
func mayBecomeWrite(op *operation) bool {
	return len(op.Bodies) > 0 || slices.ContainsFunc(op.Parameters, func(p *serialize.Parameter) bool {
		return p.In != openapi3.ParameterInPath && guard.IsMethodOverride(p.Name)
	})
}

// hasFreeQuery reports whether the caller may choose names of query parameters.
func hasFreeQuery(op *operation) bool {
	return slices.ContainsFunc(op.Parameters, func(p *serialize.Parameter) bool {
		return p.In == openapi3.ParameterInQuery && p.ContentType == "" && (p.Schema == nil || p.Schema.Value == nil ||
			p.Schema.Value.Type == nil || p.Schema.Value.Type.Includes(openapi3.TypeObject))
	})
}
