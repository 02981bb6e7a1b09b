package spectools

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// accept returns the value of the Accept header: the media types that the document names for
// answers, JSON first.
func accept(op *operation) string {
	if op.doc.Responses == nil {
		return ""
	}
	var types []string
	for _, r := range op.doc.Responses.Map() {
		if r == nil || r.Value == nil {
			continue
		}
		for typ := range r.Value.Content {
			typ = serialize.BaseType(typ)
			if !slices.Contains(types, typ) && egress.CheckHeader("Accept", typ) == nil && strings.Contains(typ, "/") {
				types = append(types, typ)
			}
		}
	}
	if len(types) == 0 {
		return ""
	}
	rank := func(typ string) int { return min(int(serialize.KindOf(typ)), 1) } // that of JSON is 0
	slices.SortFunc(types, func(x, y string) int { return cmp.Or(rank(x)-rank(y), strings.Compare(x, y)) })
	return strings.Join(types, ", ") + ", */*;q=0.1"
}

// networkReason says why no answer came. It contains no internal addresses and no values of the
// call, because the agent must not learn which internal hosts exist.
func networkReason(err error) string {
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, egress.ErrAddress):
		return "it is not allowed: the API's address is not a public one"
	case errors.Is(err, egress.ErrOrigin), errors.Is(err, egress.ErrHeader), errors.Is(err, egress.ErrMethod):
		return "it is not allowed: " + sanitize.Line(err.Error(), 200)
	case errors.Is(err, context.Canceled):
		return "the call was cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &name):
		return "its name could not be looked up"
	case errors.As(err, &op) && op.Err != nil:
		return sanitize.Line(op.Op+": "+op.Err.Error(), 200)
	}
	return sanitize.Line(err.Error(), 200)
}

func networkAdvice(op *operation, err error) []string {
	if errors.Is(err, egress.ErrAddress) {
		return []string{"The API's address is a private one. " +
			"If that is intended, the user can name it with --base-url or start the server with --allow-private."}
	}
	out := []string{"Ask the user whether the API is reachable from here."}
	if !guard.IsSafe(op.Method) {
		out = append(out, "The request may have arrived: check before calling again.")
	}
	return out
}
