package mock

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	next        string // JSON pointer of the cursor of the next page
	isOffset    bool
	first       int               // number of the first page
	defaultSize int               // 0 without pages
	filters     map[string]filter // of parameters that were seen to filter
	ignored     map[string]bool
	sort, order string            // the parameter that sorts, and that with asc or desc
	counts      map[string][2]int // which of counted a number beside the list is, and what it has more, by pointer
}

// filter selects the items whose member compares with the value of a parameter. Without a member,
// any member may.
type filter struct {
	member string
	test   int
}

// tests are the ways in which a parameter was seen to select items.
var tests = []func(member any, value string) bool{
	func(m any, v string) bool { return same(m, v) },
	func(m any, v string) bool { return compareMembers(m, typed(v, json.Number(""))) >= 0 },
	func(m any, v string) bool { return compareMembers(m, typed(v, json.Number(""))) <= 0 },
	func(m any, v string) bool {
		s, ok := text(m)
		return ok && strings.Contains(strings.ToLower(s), strings.ToLower(v))
	},
}

func (f filter) admits(item any, value string) bool {
	if v, ok := at(item, f.member); f.member != "" {
		return ok && tests[f.test](v, value)
	}
	for _, v := range leavesOf(item) {
		if tests[f.test](v, value) {
			return true
		}
	}
	return false
}

// compareMembers orders values as servers do: absent and null first, numbers by value, then text.
func compareMembers(a, b any) int {
	x, isA := a.(json.Number)
	y, isB := b.(json.Number)
	f, _ := x.Float64()
	g, _ := y.Float64()
	s, _ := text(a) // "" for null
	t, _ := text(b)
	if isA && isB {
		return cmp.Compare(f, g)
	}
	return strings.Compare(s, t)
}

// explain finds what the parameters of a list do, from the recorded lists.
func (o *operation) explain(ctx context.Context) {
	l := &listing{first: 1, filters: map[string]filter{}, ignored: map[string]bool{}, counts: map[string][2]int{}}
	o.listing = l
	p := openapi.PagingOf(o.all[0].match.Operation)
	l.page, l.size, l.isOffset = p.Parameter, p.Size, p.Style == "offset"
	if strings.HasPrefix(p.Next, "/") {
		l.next = p.Next
	}
	if l.page == "" && o.key != "" && len(o.seen) > 0 {
		o.findPages()
	}
	with := map[string][]listed{} // by parameter
	for _, s := range o.seen {
		if s.x.query[l.page] == "0" && len(s.list) > 0 {
			l.first = 0
		}
		if len(s.x.query) == 0 && len(s.list) < len(s.all) && l.page+l.next != "" {
			l.defaultSize = max(l.defaultSize, len(s.list))
		}
		for name := range s.x.query {
			with[name] = append(with[name], s)
		}
	}
	delete(with, l.page)
	delete(with, l.size)
	for _, name := range slices.Sorted(maps.Keys(with)) {
		all := func(f func(s listed, value string) bool) bool {
			return !slices.ContainsFunc(with[name], func(s listed) bool { return !f(s, s.x.query[name]) })
		}
		if all(func(_ listed, v string) bool { return strings.EqualFold(v, "asc") || strings.EqualFold(v, "desc") }) {
			l.order = name
		} else if all(func(s listed, v string) bool {
			items := slices.Clone(s.list)
			return o.sorted(items, v, s.x.query[l.order]) && same(items, s.list)
		}) {
			l.sort = name
		} else if f, ok := o.filterOf(ctx, name, with[name]); ok {
			l.filters[name] = f
		} else {
			l.ignored[name] = all(func(s listed, _ string) bool { return len(s.list) >= len(s.all) || !l.isWhole(s.x) })
		}
	}
	o.findCounts()
}

// findPages finds the arguments that page a GraphQL list: those that explain most lists.
func (o *operation) findPages() {
	l, most := o.listing, 0
	best := *l
	names := slices.Sorted(maps.Keys(o.seen[0].x.query))
	for i := range 4 * len(names) * len(names) {
		l.page, l.size, l.first, l.isOffset = names[i/4/len(names)], names[i/4%len(names)], i%2, i&2 != 0
		n, later := 0, 0
		for _, s := range o.seen {
			if r, ok := o.list(s.x, s.all); ok && slices.EqualFunc(r.page, s.list, func(a, b any) bool { return keyOf(o.res, a) == keyOf(o.res, b) }) {
				n++
				later += min(r.from, len(r.page))
			}
		}
		if n > most && later > 0 && l.page != l.size {
			best, most = *l, n
		}
	}
	*l = best
}

// isWhole reports whether an answer has all items that its only parameter selects.
func (l *listing) isWhole(x *exchange) bool { return l.defaultSize == 0 && len(x.query) == 1 }

// filterOf finds a member and a test that explain all lists with a parameter: the lists have only
// items that it admits, and some list lacks an item that it does not admit.
func (o *operation) filterOf(ctx context.Context, name string, with []listed) (filter, bool) {
	candidates := slices.SortedFunc(maps.Keys(o.members), func(a, b string) int { // the named member first
		rank := func(member string) int { return strings.Index("/"+name, strings.ReplaceAll(member[1:], "/", ".")) }
		return cmp.Or(rank(b)-rank(a), strings.Compare(a, b))
	})
	for _, member := range append(candidates, "") {
		for test := range tests {
			f := filter{member, test}
			ok, excluded := member != "" || test == len(tests)-1, test == 0 && "/"+name == member
			for i := 0; i < len(with) && ok && ctx.Err() == nil; i++ {
				s := with[i]
				isOut := func(item any) bool { return !f.admits(item, s.x.query[name]) }
				n := len(slices.DeleteFunc(slices.Clone(s.all), isOut))
				ok = ok && !slices.ContainsFunc(s.list, isOut) && (!o.listing.isWhole(s.x) || n == len(s.list))
				excluded = excluded || n < len(s.all) && (len(s.list) > 0 || o.listing.isWhole(s.x))
			}
			if ok && excluded {
				return f, true
			}
		}
	}
	return filter{}, false
}

// sorted sorts items as a value says: -created, name:asc, name desc, a,-b. It reports false if the
// value names no members.
func (o *operation) sorted(items []any, value, direction string) bool {
	type by struct {
		member string
		sign   int
	}
	var all []by
	for one := range strings.SplitSeq(value, ",") {
		one, after, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(one), " ", ":"), ":")
		b := by{"/" + strings.ReplaceAll(strings.TrimLeft(one, "+-"), ".", "/"), 1}
		if strings.HasPrefix(one, "-") || strings.EqualFold(after, "desc") || strings.EqualFold(direction, "desc") {
			b.sign = -1
		}
		if all = append(all, b); !o.members[b.member] {
			return false
		}
	}
	slices.SortStableFunc(items, func(a, b any) int {
		for _, by := range all {
			v, _ := at(a, by.member)
			w, _ := at(b, by.member)
			if c := compareMembers(v, w); c != 0 {
				return c * by.sign
			}
		}
		return 0
	})
	return true
}

// result is a list as it is served.
type result struct {
	page                      []any
	total, number, size, from int
	next                      any // the cursor, which is the key of the last item
}

// list returns the items that a request lists. It reports false for a parameter whose effect no
// flow shows.
func (o *operation) list(x *exchange, all []any) (r result, ok bool) {
	l, items := o.listing, slices.Clone(all)
	for name, f := range l.filters {
		if v, has := x.query[name]; has {
			items = slices.DeleteFunc(items, func(item any) bool { return !f.admits(item, v) })
		}
	}
	for name, v := range x.query {
		_, isFilter := l.filters[name]
		isKnown := isFilter || l.ignored[name] || name == l.order || name == l.page || name == l.size
		if !isKnown && (name != l.sort || !o.sorted(items, v, x.query[l.order])) {
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
	if cursor, has := x.query[l.page]; l.next != "" {
		r.from = 1 + slices.IndexFunc(items, func(e any) bool { return keyOf(o.res, e) == cursor })
		if has && r.from == 0 {
			return r, false
		}
	}
	if r.size > 0 {
		r.from = max(min(r.from, r.total), 0)
		r.page = items[r.from:][:min(r.size, r.total-r.from)] // no sum: a size may be the largest integer
		if n := len(r.page); n > 0 && r.from+n < r.total {
			r.next = keyOf(o.res, r.page[n-1])
		}
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
	votes := map[string]map[[2]int]int{}
	for _, s := range o.seen {
		r, _ := o.list(s.x, s.all) // zero for what is not explained
		for at, v := range leavesOf(with(s.x.got, o.at, nil)) {
			n, isNumber := integer(v)
			for i, f := range counted {
				if d := int(n) - f(&r); isNumber && (d == 0 || d > 0 && i == 0) { // items that no flow showed
					if votes[at] == nil {
						votes[at] = map[[2]int]int{}
					}
					votes[at][[2]int{i, d}]++
				}
			}
		}
	}
	for at, n := range votes {
		how := slices.MinFunc(slices.Collect(maps.Keys(n)), func(a, b [2]int) int { return cmp.Or(n[b]-n[a], a[1]-b[1], a[0]-b[0]) })
		if 4*n[how] > len(o.seen) {
			o.listing.counts[at] = how
		}
	}
}

// write writes a list into the answer that it follows, with the numbers beside it.
func (o *operation) write(a *answer, r *result) {
	page := []any{}
	for _, item := range r.page {
		page = append(page, o.view(item))
	}
	got := with(a.like.got, o.at, page)
	if l := o.listing; l.next != "" {
		got = with(got, l.next, r.next)
	}
	for pointer, i := range o.listing.counts {
		if _, ok := at(got, pointer); ok && pointer != "" && o.at != "" && (r.size > 0 || i[0] != 3) {
			got = with(got, pointer, json.Number(strconv.Itoa(counted[i[0]](r)+i[1])))
		}
	}
	a.body = encode(got)
}
