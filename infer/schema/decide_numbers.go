package schema

import "github.com/spectap/spectap/infer/noun"

// fractional are words that end the names of quantities that have fractions.
var fractionalWords = map[string]bool{"ratio": true, "latitude": true, "longitude": true,
	"lat": true, "lng": true, "lon": true, "avg": true, "average": true, "mean": true, "stddev": true, "variance": true,
	"probability": true, "confidence": true, "fraction": true, "temperature": true, "percentile": true, "quantile": true}

// percents are words that end the names of shares, which some APIs give as whole numbers.
var percentWords = map[string]bool{"percent": true, "percentage": true, "pct": true}

const (
	maxNameExchanges     = 12 // how long whole numbers may be chance where others of their name have fractions
	maxNeighborExchanges = 4  // and where only their neighbours have, or their name says percent
)

// findNumbers marks the places of whole numbers that are likely numbers all the same: their name says so,
// most places of that name have fractions, or most numbers beside them have.
func (g *graph) findNumbers() {
	g.fractional = map[int32]bool{}
	byName := map[int32]numberCounts{}
	var doubt []int32
	for i := range g.positions {
		p := int32(i)
		if g.positions[p].parent != p || g.positions[p].types != typeNumber || g.positions[p].origin.name < 0 {
			continue
		}
		whole, parts := g.hasWholeNumbers(p)
		t := byName[g.positions[p].origin.name]
		if whole {
			t.whole++
			doubt = append(doubt, p)
		} else if parts {
			t.fractional++
		}
		byName[g.positions[p].origin.name] = t
	}
	beside := g.positionsBesideFractions()
	for _, p := range doubt {
		exchanges := 0
		for _, n := range g.positions[p].facts {
			exchanges += int(n.exchanges)
		}
		field := g.positions[p].origin.name
		t := byName[field]
		ws := noun.Words(g.names[field])
		named := len(ws) > 0 && fractionalWords[ws[len(ws)-1]]
		percent := len(ws) > 0 && percentWords[ws[len(ws)-1]]
		if exchanges < maxNameExchanges && (named || t.fractional > t.whole) || exchanges < maxNeighborExchanges && (percent || beside[p] && !isCountName(g.names[field])) {
			g.fractional[p] = true
		}
	}
}

// tallies counts places of whole numbers and of those with fractions.
type numberCounts struct{ whole, fractional int }

// wholeNumbers says that a place has whole numbers only, or some with fractions.
func (g *graph) hasWholeNumbers(p int32) (whole, parts bool) {
	for _, n := range g.positions[p].facts {
		whole = whole || n.kinds[kindInteger] > 0
		parts = parts || n.kinds[kindNumber] > 0
	}
	return whole && !parts, parts
}

// besideFractions finds the places in records most of whose numbers have fractions.
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

// counts says that a name counts or numbers things, so that it has no fractions.
func isCountName(name string) bool {
	ws := noun.Words(name)
	for _, w := range ws {
		switch w {
		case "id", "ids", "count", "counts", "number", "num", "index", "total", "size", "port", "code", "year", "month", "day", "version", "limit", "offset", "page", "position", "order", "at", "timestamp", "bytes", "amount", "quantity", "height", "width", "length", "max", "min", "first", "last", "take", "skip", "per", "since", "until", "days", "hours", "minutes", "seconds", "ms", "timeout":
			return true
		}
	}
	return false
}
