package schema

// maxEnvelopeProperties is how many properties an envelope has at most.
const maxEnvelopeProperties = 6

// isEnvelope reports whether a record holds a single record under a generic name, such as data.
func (g *graph) isEnvelope(c int32) bool {
	ps := g.clusters[g.findCluster(c)].members
	if len(ps) > maxEnvelopeProperties {
		return false
	}
	for _, m := range ps {
		p := &g.positions[g.findPosition(m.position)]
		if envelopeNames[g.lowerNames[m.name]] && p.items < 0 && len(p.clusters) == 1 &&
			!g.clusters[g.findCluster(p.clusters[0])].isMap {
			return true
		}
	}
	return false
}

// maxWrapperProperties is how many properties a list wrapper has at most.
const maxWrapperProperties = 10

// isWrapper reports whether a record is a list wrapper, such as one page of a list: exactly one
// property lists records, few others exist, and none identifies the record itself. An order with
// its items is not a wrapper.
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
