package schema

// envelopeProps is how many properties an envelope has at most.
const envelopeProps = 6

// isEnvelope says that a record at the top holds a single record under a name that says nothing.
func (g *graph) isEnvelope(c int32) bool {
	ps := g.clusters[g.of(c)].props
	if len(ps) > envelopeProps {
		return false
	}
	for _, m := range ps {
		p := &g.places[g.at(m.place)]
		if envelope[g.lower[m.key]] && p.items < 0 && len(p.recs) == 1 && !g.clusters[g.of(p.recs[0])].isMap {
			return true
		}
	}
	return false
}

// wrapperProps is how many properties a page of a list has at most.
const wrapperProps = 10

// isWrapper says that a record is a page of a list: it has exactly one property that lists records, few beside it,
// and nothing that names the record itself, as an order with its items has.
func (g *graph) isWrapper(c int32) bool {
	lists := 0
	if len(g.clusters[g.of(c)].props) > wrapperProps {
		return false
	}
	for _, m := range g.clusters[g.of(c)].props {
		switch g.lower[m.key] {
		case "id", "uuid", "slug", "created_at", "created":
			return false
		}
		p := &g.places[g.at(m.place)]
		if p.items >= 0 && len(g.places[g.at(p.items)].recs) > 0 {
			lists++
		}
	}
	return lists == 1
}
