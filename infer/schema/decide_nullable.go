package schema

// markRemovable makes the members of merge patches nullable: null removes them. Elements of lists
// cannot be removed, and where other requests have the same record, null is for these to show.
func (g *graph) markRemovable() {
	g.removable = map[int32]bool{}
	others := map[int32]bool{} // positions that are in other bodies, too
	for i := range g.positions {
		if p := g.findPosition(int32(i)); !g.bodies[g.positions[i].origin.body].MergePatch {
			others[p] = true
		}
	}
	for i := range g.positions {
		w, p := &g.positions[i].origin, g.findPosition(int32(i))
		if !others[p] && w.owner >= 0 && w.arrayDepth == 0 {
			g.removable[p] = true
		}
	}
}
