package spectools

import (
	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/guard"
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
	if len(op.Bodies) > 0 {
		return true
	}
	for _, p := range op.Parameters {
		if p.In != openapi3.ParameterInPath && guard.IsMethodOverride(p.Name) {
			return true
		}
	}
	return false
}

// hasFreeQuery reports whether the caller may choose names of query parameters.
func hasFreeQuery(op *operation) bool {
	for _, p := range op.Parameters {
		if p.In != openapi3.ParameterInQuery || p.ContentType != "" {
			continue
		}
		if p.Schema == nil || p.Schema.Value == nil || p.Schema.Value.Type == nil {
			return true
		}
		for _, typ := range p.Schema.Value.Type.Slice() {
			if typ == openapi3.TypeObject {
				return true
			}
		}
	}
	return false
}
