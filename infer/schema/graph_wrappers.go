package schema

// envelopeProps is how many properties an envelope has at most.
const maxEnvelopeProperties = 6

// isEnvelope says that a record at the top holds a single record under a name that says nothing.
func (g *graph) isEnvelope(c int32) bool {
	ps := g.clusters[g.findCluster(c)].members
	if len(ps) > maxEnvelopeProperties {
		return false
	}
	for _, m := range ps {
		p := &g.positions[g.findPosition(m.position)]
		if envelopeNames[g.lowerNames[m.name]] && p.items < 0 && len(p.clusters) == 1 && !g.clusters[g.findCluster(p.clusters[0])].isMap {
			return true
		}
	}
	return false
}

// wrapperProps is how many properties a page of a list has at most.
const maxWrapperProperties = 10

// isWrapper says that a record is a page of a list: it has exactly one property that lists records, few beside it,
// and nothing that names the record itself, as an order with its items has.
func (g *graph) isWrapper(c int32) bool {
	lists := 0
	if len(g.clusters[g.findCluster(c)].members) > maxWrapperProperties {
		return false
	}
	for _, m := range g.clusters[g.findCluster(c)].members {
		switch g.lowerNames[m.name] {
		case "id", "uuid", "slug", "created_at", "created":
			return false
		}
		p := &g.positions[g.findPosition(m.position)]
		if p.items >= 0 && len(g.positions[g.findPosition(p.items)].clusters) > 0 {
			lists++
		}
	}
	return lists == 1
}
