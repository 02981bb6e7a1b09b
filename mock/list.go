package mock

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/spectap/spectap/openapi"
)

// listed is a recorded list.
type listed struct {
	x    *exchange
	list []any // what the answer had
	all  []any // the items that there were
}

// listing is what was learned of a list.
type listing struct {
	page, size  string // query parameters
	isOffset    bool
	first       int            // number of the first page
	defaultSize int            // 0 without pages
	counts      map[string]int // which of counted a number beside the list is, by pointer
}

// explain finds what the parameters of a list do, from the recorded lists.
func (o *operation) explain() {
	l := &listing{first: 1, counts: map[string]int{}}
	o.listing = l
	if p, _ := o.all[0].match.Operation.Extensions[openapi.ExtPaging].(map[string]any); p != nil && p["style"] != "cursor" {
		l.page, _ = p["parameter"].(string)
		l.size, _ = p["size"].(string)
		l.isOffset = p["style"] == "offset"
	}
	for _, s := range o.seen {
		if s.x.query[l.page] == "0" && len(s.list) > 0 {
			l.first = 0
		}
		if len(s.x.query) == 0 && len(s.list) < len(s.all) && l.page != "" {
			l.defaultSize = max(l.defaultSize, len(s.list))
		}
	}
	o.findCounts()
}

// result is a list as it is served.
type result struct {
	page                      []any
	total, number, size, from int
}

// list returns the items that a request lists. It reports false for a parameter whose effect no
// flow shows.
func (o *operation) list(x *exchange, all []any) (r result, ok bool) {
	l, items := o.listing, all
	for name := range x.query {
		if name != l.page && name != l.size {
			return r, false
		}
	}
	r = result{total: len(items), number: l.first, size: l.defaultSize, page: items}
	if n, err := strconv.Atoi(x.query[l.size]); err == nil && n > 0 {
		r.size = n
	}
	if n, err := strconv.Atoi(x.query[l.page]); err == nil && n >= 0 {
		r.number = n
	}
	if r.from = (r.number - l.first) * r.size; l.isOffset {
		r.from, _ = strconv.Atoi(x.query[l.page])
	}
	if r.size > 0 {
		r.from = max(min(r.from, r.total), 0)
		r.page = items[r.from:min(r.from+r.size, r.total)]
	}
	return r, true
}

// counted are the numbers that answers have beside a list.
var counted = []func(r *result) int{
	func(r *result) int { return r.total },
	func(r *result) int { return (r.total + max(r.size, 1) - 1) / cmp.Or(r.size, r.total, 1) },
	func(r *result) int { return r.number },
	func(r *result) int { return r.size },
	func(r *result) int { return len(r.page) },
	func(r *result) int { return r.from },
}

// findCounts finds what the numbers beside a list are: what explains most of them.
func (o *operation) findCounts() {
	votes := map[string][]int{}
	for _, s := range o.seen {
		r, ok := o.list(s.x, s.all)
		if !ok {
			continue
		}
		numbers := leavesOf(with(s.x.got, o.at, nil))
		for at, v := range numbers {
			n, isNumber := integer(v)
			for i, f := range counted {
				if votes[at] == nil {
					votes[at] = make([]int, len(counted))
				}
				if isNumber && int64(f(&r)) == n {
					votes[at][i]++
				}
			}
		}
	}
	for at, n := range votes {
		if most := slices.Max(n); 4*most > len(o.seen) {
			o.listing.counts[at] = slices.Index(n, most)
		}
	}
}

// write writes a list into the answer that it follows, with the numbers beside it.
func (o *operation) write(a *answer, r *result) {
	got := with(a.like.got, o.at, append([]any{}, r.page...))
	for pointer, i := range o.listing.counts {
		if _, ok := at(got, pointer); ok && pointer != "" && o.at != "" && (r.size > 0 || i != 3) {
			got = with(got, pointer, json.Number(strconv.Itoa(counted[i](r))))
		}
	}
	a.body = encode(got)
}
