package mock

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
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
	members     []string // JSON pointers of the scalars of listed items, sorted
	page, size  string   // query parameters
	isOffset    bool
	first       int               // number of the first page
	defaultSize int               // 0 without pages
	filters     map[string]filter // of parameters that were seen to filter
	ignored     map[string]bool
	sort, order string         // the parameter that sorts, and that with asc or desc
	counts      map[string]int // which of counted a number beside the list is, by pointer
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
	func(m any, v string) bool { return compareMembers(m, numberOf(v)) >= 0 },
	func(m any, v string) bool { return compareMembers(m, numberOf(v)) <= 0 },
	func(m any, v string) bool {
		s, ok := text(m)
		return ok && strings.Contains(strings.ToLower(s), strings.ToLower(v))
	},
}

func numberOf(s string) any {
	if jsonvalue.IsNumber(s) {
		return json.Number(s)
	}
	return s
}

func (f filter) admits(item any, value string) bool {
	for at, v := range leavesOf(item) {
		if (f.member == at || f.member == "") && tests[f.test](v, value) {
			return true
		}
	}
	return false
}

// compareMembers orders values as servers do: absent and null first, numbers by value, then text.
func compareMembers(a, b any) int {
	s, okA := text(a)
	t, okB := text(b)
	x, isA := a.(json.Number)
	y, isB := b.(json.Number)
	switch {
	case okA != okB:
		return map[bool]int{true: 1, false: -1}[okA]
	case isA && isB:
		f, _ := x.Float64()
		g, _ := y.Float64()
		return cmp.Compare(f, g)
	}
	return strings.Compare(s, t)
}

// explain finds what the parameters of a list do, from the recorded lists.
func (o *operation) explain() {
	l := &listing{first: 1, filters: map[string]filter{}, ignored: map[string]bool{}, counts: map[string]int{}}
	o.listing = l
	if p, _ := o.all[0].match.Operation.Extensions[openapi.ExtPaging].(map[string]any); p != nil && p["style"] != "cursor" {
		l.page, _ = p["parameter"].(string)
		l.size, _ = p["size"].(string)
		l.isOffset = p["style"] == "offset"
	}
	names, members := map[string]bool{}, map[string]bool{}
	for _, s := range o.seen {
		if s.x.query[l.page] == "0" && len(s.list) > 0 {
			l.first = 0
		}
		if len(s.x.query) == 0 && len(s.list) < len(s.all) && l.page != "" {
			l.defaultSize = max(l.defaultSize, len(s.list))
		}
		for name := range s.x.query {
			names[name] = true
		}
		for _, e := range s.list[:min(len(s.list), 20)] {
			for at := range leavesOf(e) {
				members[at] = true
			}
		}
	}
	delete(names, l.page)
	delete(names, l.size)
	l.members = slices.Sorted(maps.Keys(members))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if o.isOrder(name) {
			l.order = name
		} else if o.isSort(name) {
			l.sort = name
		} else if f, ok := o.filterOf(name); ok {
			l.filters[name] = f
		} else {
			l.ignored[name] = !slices.ContainsFunc(o.seen, func(s listed) bool {
				_, has := s.x.query[name]
				return has && len(s.list) < len(s.all) && l.isWhole(s.x, name)
			})
		}
	}
	o.findCounts()
}

// isWhole reports whether an answer has all items that one parameter selects.
func (l *listing) isWhole(x *exchange, name string) bool {
	_, only := x.query[name]
	return l.defaultSize == 0 && only && len(x.query) == 1
}

// filterOf finds a member and a test that explain all lists with a parameter: the lists have only
// items that it admits, and some list lacks an item that it does not admit.
func (o *operation) filterOf(name string) (filter, bool) {
	named := func(member string) bool { return strings.Contains(name, strings.ReplaceAll(member[1:], "/", ".")) }
	candidates := slices.Concat(o.listing.members, []string{""})
	slices.SortStableFunc(candidates, func(a, b string) int {
		return strings.Compare(strconv.FormatBool(b != "" && named(b)), strconv.FormatBool(a != "" && named(a)))
	})
	for _, member := range candidates {
		for test := range tests {
			f := filter{member, test}
			ok, excluded := true, test == 0 && member != "" && name == member[1:]
			for _, s := range o.seen {
				v, has := s.x.query[name]
				if !has {
					continue
				}
				admitted := slices.DeleteFunc(slices.Clone(s.all), func(item any) bool { return !f.admits(item, v) })
				ok = ok && !slices.ContainsFunc(s.list, func(e any) bool { return !f.admits(e, v) })
				ok = ok && (!o.listing.isWhole(s.x, name) || len(admitted) == len(s.list))
				excluded = excluded || len(admitted) < len(s.all) && (len(s.list) > 0 || o.listing.isWhole(s.x, name))
			}
			if ok && excluded && (member != "" || test == len(tests)-1) {
				return f, true
			}
		}
	}
	return filter{}, false
}

// isOrder reports whether a parameter has only the values asc and desc.
func (o *operation) isOrder(name string) bool {
	return !slices.ContainsFunc(o.seen, func(s listed) bool {
		v, has := s.x.query[name]
		return has && !strings.EqualFold(v, "asc") && !strings.EqualFold(v, "desc")
	})
}

// sorted sorts items as a value says: -created, name:asc, name desc, a,-b. It reports false if the
// value names no members.
func (l *listing) sorted(items []any, value, direction string) bool {
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
		if all = append(all, b); !slices.Contains(l.members, b.member) {
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

// isSort reports whether a parameter names the members by which all lists with it are sorted.
func (o *operation) isSort(name string) bool {
	return !slices.ContainsFunc(o.seen, func(s listed) bool {
		v, has := s.x.query[name]
		items := slices.Clone(s.list)
		return has && (!o.listing.sorted(items, v, s.x.query[o.listing.order]) || !same(items, s.list))
	})
}

// result is a list as it is served.
type result struct {
	page                      []any
	total, number, size, from int
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
		if !isKnown && (name != l.sort || !l.sorted(items, v, x.query[l.order])) {
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
