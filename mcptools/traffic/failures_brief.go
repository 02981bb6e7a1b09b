package traffic

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/mcptools/view"
)

// This file has the rows of failures that are shown in brief.

// nameOf returns the name of the operation of a kind, as far as it is known.
func (c *census) nameOf(k *kind) string {
	if c.learning != nil {
		return view.Visible(k.method)
	}
	return operationName(k.operation, view.Visible(k.method))
}

// othersOf returns kinds in brief.
func (c *census) othersOf(ctx context.Context, kinds []*kind) (out []OtherKind, err error) {
	for _, k := range kinds {
		o := OtherKind{
			Operation: c.nameOf(k), Status: statusName(k.status),
			Message: cutMiddle(c.ownPart(k.message), maxOtherText), Count: k.count, Flow: uint64(k.newest[0]),
		}
		if k.operation == nil {
			flows, err := c.read(ctx, k.newest)
			if err != nil {
				return nil, err
			}
			if len(flows) > 0 {
				o.Operation = unknownOperation(flows, c.learning == nil)
			}
		} else { // its name is in list_operations
			o.Operation = view.Visible(k.operation.Method + " " + k.operation.Template)
		}
		out = append(out, o)
	}
	return out, nil
}

// sharedPart is how long the beginning is, in bytes, and in how many messages, that is left out.
const (
	sharedPart     = 40
	sharedMessages = 3
)

// ownPart returns a message without the sentences at its beginning that several kinds have: the
// reason follows them.
func (c *census) ownPart(message string) string {
	for at := len(message) - 1; at > sharedPart; at-- {
		if message[at] != ' ' || message[at-1] != ':' && message[at-1] != '.' {
			continue
		}
		n := 0
		for k := range c.kinds {
			if k.message != message && strings.HasPrefix(k.message, message[:at]) {
				n++
			}
		}
		if n >= sharedMessages-1 {
			return "…" + message[at+1:]
		}
	}
	return message
}

// statusesOf counts the flows of kinds by status, the most frequent first.
func statusesOf(kinds []*kind) (out []StatusCount) {
	counts := map[int]int64{}
	for _, k := range kinds {
		counts[k.status] += k.count
	}
	for _, status := range slices.SortedFunc(maps.Keys(counts), func(x, y int) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y))
	}) {
		out = append(out, StatusCount{statusName(status), counts[status]})
	}
	return out
}
