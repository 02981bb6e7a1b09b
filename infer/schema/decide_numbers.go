package schema

import (
	"slices"

	"github.com/spectap/spectap/infer/noun"
)

// fractionalWords end the names of quantities that have fractions.
var fractionalWords = wordSet(`
	ratio latitude longitude lat lng lon avg average mean stddev variance probability confidence
	fraction temperature percentile quantile`)

// percentWords end the names of percentages, which some APIs give as whole numbers.
var percentWords = wordSet(`percent percentage pct`)

// moneyWords end the names of amounts of money. An API that gives some of them in fractions does so
// with all.
var moneyWords = wordSet(`fee fees cost costs price tax taxes discount subtotal commission interest revenue`)

const (
	// maxNameExchanges is how many exchanges whole numbers may be chance in, if the name suggests
	// fractions or most positions of the name have them.
	maxNameExchanges = 12
	// maxMoneyExchanges is the same if the name means money and the neighbors have fractions. Most
	// fees and discounts are zero.
	maxMoneyExchanges = 32
	// maxNeighborExchanges is the same if the neighbors have fractions or the name is a percentage.
	maxNeighborExchanges = 4
)

// findNumbers marks positions of whole numbers that are likely fractional: the name suggests it,
// most positions of that name have fractions, or most numbers in the same record do.
func (g *graph) findNumbers() {
	g.fractional = map[int32]bool{}
	byName := map[int32]numberCounts{}
	var uncertain []int32
	for i := range g.positions {
		p := int32(i)
		if g.positions[p].parent != p || g.positions[p].types != typeNumber || g.positions[p].origin.name < 0 {
			continue
		}
		whole, isFractional := g.hasWholeNumbers(p)
		t := byName[g.positions[p].origin.name]
		if whole {
			t.whole++
			uncertain = append(uncertain, p)
		} else if isFractional {
			t.fractional++
		}
		byName[g.positions[p].origin.name] = t
	}
	beside := g.positionsBesideFractions()
	for _, p := range uncertain {
		exchanges := 0
		for _, n := range g.positions[p].facts {
			exchanges += int(n.exchanges)
		}
		field := g.positions[p].origin.name
		t := byName[field]
		ws := noun.Words(g.names[field])
		named := len(ws) > 0 && fractionalWords[ws[len(ws)-1]]
		percent := len(ws) > 0 && percentWords[ws[len(ws)-1]]
		money := len(ws) > 0 && moneyWords[ws[len(ws)-1]] && beside[p]
		if exchanges < maxNameExchanges && (named || t.fractional > t.whole) || exchanges < maxMoneyExchanges && money ||
			exchanges < maxNeighborExchanges && (percent || beside[p] && !isCountName(g.names[field])) {
			g.fractional[p] = true
		}
	}
}

// numberCounts counts positions with whole numbers only and with fractions.
type numberCounts struct{ whole, fractional int }

// hasWholeNumbers reports whether a position has only whole numbers, and whether it has any with
// fractions.
func (g *graph) hasWholeNumbers(p int32) (whole, fractional bool) {
	for _, n := range g.positions[p].facts {
		whole = whole || n.kinds[kindInteger] > 0
		fractional = fractional || n.kinds[kindNumber] > 0
	}
	return whole && !fractional, fractional
}

// positionsBesideFractions returns the positions in records most of whose numbers have fractions.
func (g *graph) positionsBesideFractions() map[int32]bool {
	beside := map[int32]bool{}
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.parent != int32(i) {
			continue
		}
		t := numberCounts{}
		for _, m := range cl.members {
			if p := g.findPosition(m.position); g.positions[p].types == typeNumber {
				if whole, _ := g.hasWholeNumbers(p); whole {
					t.whole++
				} else {
					t.fractional++
				}
			}
		}
		if t.fractional >= 2 && t.fractional >= t.whole {
			for _, m := range cl.members {
				beside[g.findPosition(m.position)] = true
			}
		}
	}
	return beside
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
