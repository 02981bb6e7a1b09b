package document

import (
	"cmp"
	"context"
	"slices"

	"github.com/spectap/spectap/mcptools/tool"
)

// allSpecs stands for all documents that have a name.
const allSpecs = "*"

// checkAll checks flows against all documents that have a name: each flow against those whose
// servers name its host. The flows are the newest ones, without further pages.
func (s *Tools) checkAll(ctx context.Context, r checkRequest) (CheckResult, error) {
	if r.cursor != "" {
		return CheckResult{}, tool.BadArgument("cursor", "is not for spec %s: pass the name of a document, or a larger newest_flows", allSpecs)
	}
	// With more documents than are kept, a call that did not wait would never end.
	r.name, r.anyHost, r.resume, r.patient = "check all", false, true, true
	out := CheckResult{Untrusted: tool.Notice(), Rules: []Rule{}, Mismatches: []Mismatch{}}
	out.Complete = true
	kinds := map[string]int{}
	for _, n := range s.specs.Named {
		var err error
		if r.given, err = s.read(n.Name); err != nil {
			return CheckResult{}, err
		}
		one, err := s.checkWith(ctx, r)
		if err != nil {
			return CheckResult{}, err
		}
		out.Checked, out.Broken, out.Unchecked = out.Checked+one.Checked, out.Broken+one.Broken, out.Unchecked+one.Unchecked
		out.TooMuch, out.Kinds = out.TooMuch+one.TooMuch, out.Kinds+one.Kinds
		out.Truncated = out.Truncated || one.Truncated
		out.Searched, out.Total = max(out.Searched, one.Searched), one.Total
		out.Complete = out.Complete && one.full
		for _, k := range one.Rules {
			kinds[k.Rule] += k.Kinds
		}
		for _, m := range one.Mismatches {
			m.Spec = n.Name
			out.Mismatches = append(out.Mismatches, m)
		}
	}
	out.Outside = max(out.Searched-out.Checked, 0)
	out.Rules = rulesOf(kinds)
	slices.SortStableFunc(out.Mismatches, func(x, y Mismatch) int { return cmp.Compare(y.Count, x.Count) })
	return out, nil
}
