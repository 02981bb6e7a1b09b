package schema

import "github.com/spectap/spectap/infer/noun"

// fractional are words that end the names of quantities that have fractions.
var fractional = map[string]bool{"ratio": true, "latitude": true, "longitude": true,
	"lat": true, "lng": true, "lon": true, "avg": true, "average": true, "mean": true, "stddev": true, "variance": true,
	"probability": true, "confidence": true, "fraction": true, "temperature": true, "percentile": true, "quantile": true}

// percents are words that end the names of shares, which some APIs give as whole numbers.
var percents = map[string]bool{"percent": true, "percentage": true, "pct": true}

const (
	fewExchanges = 12 // how long whole numbers may be chance where others of their name have fractions
	oddExchanges = 4  // and where only their neighbours have, or their name says percent
)

// findNumbers marks the places of whole numbers that are likely numbers all the same: their name says so,
// most places of that name have fractions, or most numbers beside them have.
func (g *graph) findNumbers() {
	g.numbers = map[int32]bool{}
	byName := map[int32]tallies{}
	var doubt []int32
	for i := range g.places {
		p := int32(i)
		if g.places[p].lead != p || g.places[p].kinds != classNumber || g.places[p].where.field < 0 {
			continue
		}
		whole, parts := g.wholeNumbers(p)
		t := byName[g.places[p].where.field]
		if whole {
			t.whole++
			doubt = append(doubt, p)
		} else if parts {
			t.parts++
		}
		byName[g.places[p].where.field] = t
	}
	beside := g.besideFractions()
	for _, p := range doubt {
		exch := 0
		for _, n := range g.places[p].nodes {
			exch += int(n.exch)
		}
		field := g.places[p].where.field
		t := byName[field]
		ws := noun.Words(g.names[field])
		named := len(ws) > 0 && fractional[ws[len(ws)-1]]
		percent := len(ws) > 0 && percents[ws[len(ws)-1]]
		if exch < fewExchanges && (named || t.parts > t.whole) || exch < oddExchanges && (percent || beside[p] && !counts(g.names[field])) {
			g.numbers[p] = true
		}
	}
}

// tallies counts places of whole numbers and of those with fractions.
type tallies struct{ whole, parts int }

// wholeNumbers says that a place has whole numbers only, or some with fractions.
func (g *graph) wholeNumbers(p int32) (whole, parts bool) {
	for _, n := range g.places[p].nodes {
		whole = whole || n.kinds[isInteger] > 0
		parts = parts || n.kinds[isNumber] > 0
	}
	return whole && !parts, parts
}

// besideFractions finds the places in records most of whose numbers have fractions.
func (g *graph) besideFractions() map[int32]bool {
	beside := map[int32]bool{}
	for i := range g.clusters {
		cl := &g.clusters[i]
		if cl.lead != int32(i) {
			continue
		}
		t := tallies{}
		for _, m := range cl.props {
			if p := g.at(m.place); g.places[p].kinds == classNumber {
				if whole, _ := g.wholeNumbers(p); whole {
					t.whole++
				} else {
					t.parts++
				}
			}
		}
		if t.parts >= 2 && t.parts >= t.whole {
			for _, m := range cl.props {
				beside[g.at(m.place)] = true
			}
		}
	}
	return beside
}

// counts says that a name counts or numbers things, so that it has no fractions.
func counts(name string) bool {
	ws := noun.Words(name)
	for _, w := range ws {
		switch w {
		case "id", "ids", "count", "counts", "number", "num", "index", "total", "size", "port", "code", "year", "month", "day", "version", "limit", "offset", "page", "position", "order", "at", "timestamp", "bytes", "amount", "quantity", "height", "width", "length", "max", "min", "first", "last", "take", "skip", "per", "since", "until", "days", "hours", "minutes", "seconds", "ms", "timeout":
			return true
		}
	}
	return false
}
