package approval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lookalike"
	"github.com/spectap/spectap/internal/visible"
)

// Describe returns everything that a person decides on, as lines: who asks, why, and each argument.
// last is the last call of the tool that was approved, or nil; what differs from it is marked.
// Letters that look like ASCII ones are marked, long values are shown from both ends. Characters
// that do not show are left as they are: whoever prints the text makes them visible.
func Describe(h *Held, last *Held) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", h.ID, h.State)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", name, lookalike.Mark(value))
		}
	}
	line("tool", quoteIfOdd(h.Tool))
	line("server", quoteIfOdd(h.Server))
	line("asked by", quoteIfOdd(h.Grant))
	line("rule", h.Rule)
	line("reason", h.Reason)
	line("asked at", h.Created.Local().Format("2006-01-02 15:04:05"))
	line("until", h.Expires.Local().Format("2006-01-02 15:04:05"))
	if h.Approvers > 1 {
		line("approvers", fmt.Sprintf("%d", h.Approvers))
	}
	for _, d := range h.Decisions {
		verb := "denied"
		if d.Approve {
			verb = "approved"
		}
		line(verb, strings.TrimSpace(fmt.Sprintf("by %s at %s  %s", d.By, d.At.Local().Format("15:04:05"), d.Note)))
	}
	line("digest", h.Digest)
	now, before := map[string]string{}, map[string]string{}
	flatten(now, "", jsonvalue.Decode(h.Arguments))
	if last != nil {
		flatten(before, "", jsonvalue.Decode(last.Arguments))
	}
	if len(now) == 0 {
		b.WriteString("no arguments\n")
	} else {
		b.WriteString("arguments\n")
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		was, had := before[path]
		fmt.Fprintf(&b, "  %s = %s\n", lookalike.Mark(path), lookalike.Mark(visible.BothEnds(now[path], maxShown)))
		switch {
		case last == nil || was == now[path]:
		case had:
			fmt.Fprintf(&b, "    was %s\n", lookalike.Mark(visible.BothEnds(was, maxShown)))
		default:
			b.WriteString("    was not there\n")
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if _, ok := now[path]; !ok {
			fmt.Fprintf(&b, "  %s is not there, was %s\n", lookalike.Mark(path), lookalike.Mark(visible.BothEnds(before[path], maxShown)))
		}
	}
	return b.String()
}

// flatten collects the values in v that have no parts, by their JSON Pointer.
func flatten(to map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			flatten(to, path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), e)
		}
		if len(v) == 0 && path != "" {
			to[path] = "{}"
		}
	case []any:
		for i, e := range v {
			flatten(to, fmt.Sprintf("%s/%d", path, i), e)
		}
		if len(v) == 0 {
			to[path] = "[]"
		}
	case nil:
		if path != "" {
			to[path] = "null"
		}
	default:
		to[path] = string(jsonvalue.Encode(v))
	}
}

// maxShown bounds a value that is shown whole, in characters.
const maxShown = 400

// quoteIfOdd quotes a name that could be mistaken for something else.
func quoteIfOdd(s string) string {
	if strings.ContainsAny(s, " \t\n\"'=") {
		return string(jsonvalue.Encode(s))
	}
	return s
}
