package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// moneyWords end the names of amounts of money. An API that gives some of them in fractions does so
// with all.
var moneyWords = wordSet(`fee fees cost costs price tax taxes discount subtotal commission interest revenue`)

// maxMoneyExchanges is the number of exchanges up to which whole amounts may be chance, if their
// neighbors have fractions. Most fees and discounts are zero.
const maxMoneyExchanges = 32

// findNumbers marks the positions of whole numbers that are likely fractional: their names mean
// money, and most numbers in the same record have fractions.
func (g *graph) findNumbers() {
	g.fractional = map[int32]bool{}
	withFractions := g.positionsWithFractions()
	for i := range g.positions {
		p := int32(i)
		pos := &g.positions[p]
		if pos.parent != p || pos.types != typeNumber || pos.origin.name < 0 || !withFractions[p] {
			continue
		}
		ws, exchanges := noun.Words(g.names[pos.origin.name]), 0
		for _, n := range pos.facts {
			exchanges += int(n.exchanges)
		}
		integral := g.hasWholeNumbers(p)
		g.fractional[p] = integral && exchanges < maxMoneyExchanges && len(ws) > 0 && moneyWords[ws[len(ws)-1]]
	}
}

// hasWholeNumbers reports whether a position has only whole numbers.
func (g *graph) hasWholeNumbers(p int32) bool {
	integral, fractional := false, false
	for _, n := range g.positions[p].facts {
		integral = integral || n.kinds[kindInteger] > 0
		fractional = fractional || n.kinds[kindNumber] > 0
	}
	return integral && !fractional
}

// positionsWithFractions returns the positions in records most of whose numbers have fractions.
func (g *graph) positionsWithFractions() map[int32]bool {
	withFractions := map[int32]bool{}
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.parent != int32(i) {
			continue
		}
		allWhole, fractional := 0, 0
		for _, m := range cl.members {
			if p := g.findPosition(m.position); g.positions[p].types == typeNumber {
				if g.hasWholeNumbers(p) {
					allWhole++
				} else {
					fractional++
				}
			}
		}
		if fractional >= 2 && fractional >= allWhole {
			for _, m := range cl.members {
				withFractions[g.findPosition(m.position)] = true
			}
		}
	}
	return withFractions
}

// countWords are words in the names of things that are counted or numbered.
var countWords = wordSet(`
	id ids count counts number num index total size port code year month day version limit offset
	page position order at timestamp bytes amount quantity height width length max min first last
	take skip per since until days hours minutes seconds ms timeout`)

// isCountName reports whether a name counts or numbers things, so that it has no fractions.
func isCountName(name string) bool {
	return slices.ContainsFunc(noun.Words(name), func(w string) bool { return countWords[w] })
}
