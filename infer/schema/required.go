package schema

import "slices"

// required tells which properties of a cluster every object has. Exchanges are the witnesses, not objects:
// the items of one list have one maker and one moment.
func (g *graph) required(c int32) []bool {
	cl := &g.clusters[c]
	var exch uint32
	always := make([]uint32, len(cl.props))
	for _, r := range cl.recs {
		exch = sum32(exch, r.exch)
		for _, p := range r.props {
			i, ok := slices.BinarySearchFunc(cl.props, g.ids[p.name], func(m member, k int32) int { return int(m.key - k) })
			if ok {
				always[i] = sum32(always[i], p.always)
			}
		}
	}
	need := make([]bool, len(cl.props))
	least := uint32(2)
	switch cl.domain {
	case inPatch:
		return need
	case inRequest, inForm:
		least = 10
	}
	if g.policy.NoRequired || exch < least || cl.isMap {
		return need
	}
	for i, n := range always {
		need[i] = n == exch
	}
	return need
}
